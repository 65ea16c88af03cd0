"""A plugin of pytest that notes what the call of each test took, on the clock and of the processor.

Both are properties of the test in a JUnit report, in milliseconds: `wall_ms`, and `cpu_ms`, which counts all
threads of the process and nothing of what else the machine does.
"""

from __future__ import annotations

import time
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Note the time of one call, whether it passes or fails."""
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        return (yield)
    finally:
        item.user_properties.append(("wall_ms", 1000 * (time.perf_counter() - wall)))
        item.user_properties.append(("cpu_ms", 1000 * (time.process_time() - cpu)))
