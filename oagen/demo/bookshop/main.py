"""The application: `app` for a server, `create_app` for a database of one's own."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from oagen.demo.bookshop import authors, books, catalogue, customers, document, orders, reviews
from oagen.demo.bookshop.auth import identities_by_token
from oagen.demo.bookshop.database import Database
from oagen.demo.bookshop.models import Health
from oagen.demo.bookshop.problems import (
    Problem,
    answer_http_exception,
    answer_invalid_request,
    answer_problem,
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    database: Database = app.state.database
    database.connect().close()
    yield
    database.close()


def create_app(database: Path | None = None) -> FastAPI:
    """Return a bookshop of its own.

    Args:
        database: The SQLite file, made if it is missing. By default the one that the environment
            variable BOOKSHOP_DATABASE names, else a fresh one that is removed on shutdown.
    """
    configured = os.environ.get("BOOKSHOP_DATABASE")
    app = FastAPI(
        title="Bookshop",
        version="1.0.0",
        summary="Authors, books, reviews and orders.",
        license_info={"name": "MIT", "identifier": "MIT"},
        lifespan=lifespan,
    )
    app.state.database = Database(database or (Path(configured) if configured else None))
    app.state.identities = identities_by_token()
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(RequestValidationError, answer_invalid_request)
    app.add_exception_handler(HTTPException, answer_http_exception)

    @app.get(
        "/health",
        operation_id="checkHealth",
        summary="Tell that the shop is open",
        response_description="The shop is open",
        tags=["health"],
    )
    async def check_health() -> Health:
        return Health(status="ok")

    for resource in (catalogue, authors, books, reviews, orders, customers):
        app.include_router(resource.router)
    document.complete(app)
    return app


app = create_app()
