"""Scenarios run against a target, and what the answers are worth."""
