"""Unit tests whose mocks are found: for each operation, which outcomes of its collaborators draw which status."""
