"""Options that several commands share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def _rate(text: str) -> float:
    """Return requests a second of `10/s`, `300/m` or `10`."""
    number, _, unit = text.partition("/")
    try:
        rate = float(number) / {"": 1, "s": 1, "m": 60, "h": 3600}[unit.strip()]
    except (ValueError, KeyError):
        rate = 0
    if not 0 < rate < float("inf"):
        raise typer.BadParameter(f"{text!r} is not a rate such as 10/s or 300/m")
    return rate


# -- the API description ----------------------------------------------------------------------------------------------

_DOCUMENT = "Path or URL of the API description, - for stdin. By default that of oagen.toml, else the one the API "
Document = Annotated[
    str | None,
    typer.Argument(metavar="DOCUMENT", help=f"{_DOCUMENT}offers, else openapi.yaml or the like.", show_default=False),
]
DocumentOption = Annotated[
    str | None,
    typer.Option(
        "--document", metavar="DOCUMENT", help="The API description, as for oagen generate.", show_default=False
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first operation that can't be read.")]
Include = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="Keep only these operations: 'GET /pets/*', tag:pets, path:/pets/*, method:GET, id:listPets. Repeatable.",
        show_default=False,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="Leave these operations out; patterns as for --include.", show_default=False),
]
Tag = Annotated[
    list[str] | None,
    typer.Option(metavar="TAG", help="Keep only operations with this tag. Repeatable.", show_default=False),
]
Method = Annotated[
    list[str] | None,
    typer.Option(metavar="METHOD", help="Keep only operations of this method. Repeatable.", show_default=False),
]

# -- the API itself ---------------------------------------------------------------------------------------------------

BaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="Where the API answers.", show_default=False)]
App = Annotated[
    str | None,
    typer.Option(metavar="MODULE:ATTRIBUTE", help="ASGI or WSGI application that is the API.", show_default=False),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST", help="A host outside this machine that may be sent requests.", show_default=False),
]
Header = Annotated[
    list[str] | None,
    typer.Option("--header", "-H", metavar="'NAME: VALUE'", help="Sent with every request.", show_default=False),
]
RequestTimeout = Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="For each request.")]
CaBundle = Annotated[Path | None, typer.Option(metavar="FILE", help="Certificates to trust.", show_default=False)]
ClientCert = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The client's certificate and key.", show_default=False)
]
Proxy = Annotated[str | None, typer.Option(metavar="URL", help="An HTTP proxy.", show_default=False)]
RateLimit = Annotated[
    float | None,
    typer.Option(
        metavar="N/s",
        parser=_rate,
        help="Requests a second at most; N/m: a minute. 429 is waited out as Retry-After says.",
        show_default=False,
    ),
]
RestartCommand = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND",
        help="Starts the target again when it died; run by the shell, for up to two minutes.",
        show_default=False,
    ),
]
ResetCommand = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND",
        help="Brings the API's state back; run by the shell, for up to two minutes.",
        show_default=False,
    ),
]
LogFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The server's log: its tracebacks tell faults apart.", show_default=False),
]
RequestIdHeader = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Sent with every request, with an id of its own: tracebacks in the log that have it beside them are told "
        "apart by it.",
        show_default=False,
    ),
]

# -- what is kept and written -----------------------------------------------------------------------------------------

DEFAULT_STORE = Path(".oagen/findings.sqlite")
"""Where findings are kept, seen from the current folder."""

StoreFile = Annotated[Path, typer.Option("--store", metavar="FILE", help="Where findings are kept.")]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the status matrix as JSON, - for stdout.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
