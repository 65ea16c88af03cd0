"""How many requests a campaign may send to find the seeded faults: decided before the first one was run."""

from __future__ import annotations

REQUESTS = 12_000
SEEDS = (1, 2, 3)
