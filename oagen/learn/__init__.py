"""Learning from a live target: which scenario draws which documented status, and what came back instead."""
