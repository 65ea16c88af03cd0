"""Readable values for schemas: examples, unique texts, violations and boundaries, each proved by a validator."""
