"""The hunt for answers that nobody promised."""
