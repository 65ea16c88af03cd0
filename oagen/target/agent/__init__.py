"""The in-process target: a small program that drives the application inside its own interpreter."""
