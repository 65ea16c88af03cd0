"""What the harbour promises."""

from __future__ import annotations

from typing import Any

JSON = "application/json"
PROBLEM = "application/problem+json"


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def answer(schema: dict[str, Any] | None, media_type: str = JSON, **headers: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"description": "An answer"}
    if schema is not None:
        found["content"] = {media_type: {"schema": schema}}
    if headers:
        found["headers"] = {name.replace("_", "-"): header for name, header in headers.items()}
    return found


def problem() -> dict[str, Any]:
    return answer(ref("Problem"), PROBLEM)


def taking(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": schema}}}


def obj(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


TEXT = {"type": "string", "minLength": 1, "maxLength": 30}
NUMBER = {"type": "integer", "minimum": 1, "maximum": 100000}
COUNT = {"required": True, "schema": {"type": "integer", "minimum": 0}}
BOAT = [{"name": "boat_id", "in": "path", "required": True, "schema": NUMBER}]
BERTH = [{"name": "berth_id", "in": "path", "required": True, "schema": NUMBER}]

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Harbour", "version": "1.0"},
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "responses": {"NoBoat": problem()},
        "schemas": {
            "Problem": obj(["title", "status"], title={"type": "string"}, status={"type": "integer"}),
            "NewBoat": obj(
                ["name"],
                name=TEXT,
                length={"type": "number", "minimum": 1, "maximum": 500},
                built={"type": "integer", "minimum": 1800, "maximum": 2100},
                pin={"type": "string", "writeOnly": True, "maxLength": 8},
                note={"type": "string", "nullable": True, "maxLength": 50},
            ),
            "Boat": {
                "allOf": [
                    obj(
                        ["id", "name", "built", "state", "registered", "pin"],
                        id={"type": "integer", "readOnly": True},
                        name=TEXT,
                        built={"type": "integer"},
                        state={"type": "string", "enum": ["moored", "at sea"]},
                        registered={"type": "string", "format": "date-time"},
                        pin={"type": "string", "writeOnly": True},
                        note={"type": "string", "nullable": True},
                    )
                ]
            },
            "Leg": obj(["port", "miles"], port=TEXT, miles={"type": "number", "minimum": 0}),
            "NewTrip": obj(["legs"], legs={"type": "array", "minItems": 1, "maxItems": 5, "items": ref("Leg")}),
            "Trip": obj(["id", "legs"], id={"type": "integer"}, legs={"type": "array", "items": ref("Leg")}),
            "Sun": obj(["kind", "hours"], kind={"type": "string", "enum": ["sun"]}, hours={"type": "integer"}),
            "Rain": obj(["kind", "litres"], kind={"type": "string", "enum": ["rain"]}, litres={"type": "number"}),
            "Berth": obj(["id", "size"], id={"type": "integer"}, size={"type": "string", "enum": ["S", "M", "L"]}),
        },
    },
    "paths": {
        "/boats": {
            "post": {
                "requestBody": taking(ref("NewBoat")),
                "responses": {"201": answer(ref("Boat")), "400": problem()},
            },
            "get": {
                "responses": {"200": answer({"type": "array", "items": ref("Boat")}, X_Count=COUNT)},
            },
        },
        "/boats/{boat_id}": {
            "parameters": BOAT,
            "get": {"responses": {"200": answer(ref("Boat")), "404": {"$ref": "#/components/responses/NoBoat"}}},
            "put": {
                "requestBody": taking(ref("NewBoat")),
                "responses": {
                    "200": answer(ref("Boat")),
                    "400": problem(),
                    "404": {"$ref": "#/components/responses/NoBoat"},
                },
            },
            "delete": {"responses": {"204": answer(None), "404": {"$ref": "#/components/responses/NoBoat"}}},
        },
        "/boats/{boat_id}/trips": {
            "parameters": BOAT,
            "post": {
                "requestBody": taking(ref("NewTrip")),
                "responses": {"201": answer(ref("Trip")), "400": problem(), "404": problem()},
            },
            "get": {
                "responses": {
                    "200": answer(obj(["items"], items={"type": "array", "items": ref("Trip")})),
                    "404": {"$ref": "#/components/responses/NoBoat"},
                }
            },
        },
        "/boats/{boat_id}/owner": {
            "parameters": BOAT,
            "get": {"responses": {"200": answer(obj(["name"], name=TEXT)), "404": problem()}},
        },
        "/berths": {
            "post": {
                "requestBody": taking(obj(["size"], size={"type": "string", "enum": ["S", "M", "L"]})),
                "responses": {
                    "201": answer(ref("Berth"), Location={"required": True, "schema": {"type": "string"}}),
                    "400": problem(),
                },
            },
            "get": {"responses": {"200": answer({"type": "array", "items": ref("Berth")}, X_Total=COUNT)}},
        },
        "/berths/{berth_id}": {
            "parameters": BERTH,
            "get": {"responses": {"200": answer(ref("Berth")), "404": problem()}},
            "delete": {"responses": {"204": answer(None), "404": problem()}},
        },
        "/tides": {"get": {"responses": {"200": answer({"type": "string"}, "text/csv")}}},
        "/weather": {
            "get": {
                "parameters": [{"name": "wet", "in": "query", "schema": {"type": "boolean"}}],
                "responses": {
                    "200": answer(
                        {
                            "oneOf": [ref("Sun"), ref("Rain")],
                            "discriminator": {
                                "propertyName": "kind",
                                "mapping": {"sun": "#/components/schemas/Sun", "rain": "#/components/schemas/Rain"},
                            },
                        }
                    ),
                    "400": problem(),
                },
            }
        },
        "/log": {"get": {"responses": {"200": answer({"type": "array", "items": {"type": "string"}})}}},
        "/lights": {
            "get": {"responses": {"200": answer(obj(["on"], on={"type": "boolean"}), X_Age=COUNT)}},
            "head": {"responses": {"200": answer(obj(["on"], on={"type": "boolean"}), X_Age=COUNT)}},
        },
        "/crew": {
            "get": {
                "security": [{"key": []}],
                "responses": {"200": answer({"type": "array", "items": {"type": "string"}}, "application/*")},
            }
        },
        "/chart": {"get": {"responses": {"default": answer(obj(["scale"], scale={"type": "integer"}))}}},
        "/status": {"get": {"responses": {"2XX": answer(obj(["ok"], ok={"type": "boolean"}))}}},
    },
}
