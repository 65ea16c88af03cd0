"""A small bookshop: the API that `oagen demo` starts, tests and fuzzes.

Authors, books, reviews and orders over FastAPI and SQLite. Two customers and an administrator
identify themselves by bearer tokens; every status code that a handler answers stands in the
OpenAPI document. A few faults are planted on purpose and listed in `FAULTS.md`.

Start it with `uvicorn oagen.demo.bookshop.main:app`.
"""
