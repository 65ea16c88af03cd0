"""oagen: the pytest suite that holds an API to every documented status code."""

__version__ = "0.1.0"
