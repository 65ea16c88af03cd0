"""A sample API, and what `oagen demo` does with it."""
