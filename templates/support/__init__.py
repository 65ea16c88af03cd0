"""What the tests of this suite stand on.

Requests, set-up, checks. Written by oagen, and written again by it.

It needs pytest and httpx alone, and holds nothing of the API description.
"""

from __future__ import annotations

from .api import Api, at, cookie_value, json_text, path, quoted, text, xml_text
from .arranging import Resource, SetupError, arranged, retried
from .checks import check_header, check_media_type, check_members, check_status
from .explaining import differs, exchange, explain
from .payloads import without
from .sending import repeated, together
from .states import state
from .statuses import status_matches
from .unique import unique, unique_number

__all__ = [
    "Api",
    "Resource",
    "SetupError",
    "arranged",
    "at",
    "check_header",
    "check_media_type",
    "check_members",
    "check_status",
    "cookie_value",
    "differs",
    "exchange",
    "explain",
    "json_text",
    "path",
    "quoted",
    "repeated",
    "retried",
    "state",
    "status_matches",
    "text",
    "together",
    "unique",
    "unique_number",
    "without",
    "xml_text",
]
