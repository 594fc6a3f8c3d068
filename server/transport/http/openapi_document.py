"""The OpenAPI 3.1 document of the readable paths and of posts: parameters, answers, errors, and who may ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ...api.calls import Post
from ...readable.contract_words import WORDS
from ...readable.openapi_schemas import DECIMAL, Schema, Schemas, body, parameters
from .readable_answers import ReadableAnswers

ERRORS = {
    "400": "The request cannot work: `message` names the parameter.",
    "401": "A token is needed: `authorization: Bearer TOKEN`.",
    "403": "The token lacks the right, or the host or the origin is not this server's.",
    "404": "There is no such market, venue, interval or address.",
    "405": "The method is not one of this path's.",
    "408": "The request did not arrive in 5 s.",
    "413": "The body has more than 64 KiB.",
    "415": "The content type is not application/json.",
    "431": "The headers are too large.",
    "429": "A limit was reached; `retry-after` says when to ask again.",
    "500": "A defect of the server, which its log describes.",
    "501": "The request is compressed.",
    "503": "The server cannot answer now.",
}
SELECTION: list[Schema] = [
    {
        "name": name,
        "in": "query",
        "description": words,
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "items": {"type": "string"}},
        "examples": {"fields": {"value": ["market", "bids.price"]}},
    }
    for name, words in (
        ("fields", "Only these fields; a dot goes into an object."),
        ("without", "All fields but these; a dot goes into an object."),
    )
]
_SWITCH: Schema = {"type": "string", "enum": ["0", "1"]}
_LEVEL: Schema = {
    "type": "array",
    "items": {"anyOf": [{"type": "string", "pattern": DECIMAL}, {"type": "number"}]},
    "minItems": 2,
    "maxItems": 2,
    "description": "Price and amount.",
}
SIMPLE_BOOK: Schema = {
    "type": "object",
    "properties": {
        "bids": {"type": "array", "items": _LEVEL, "description": "From the highest price down."},
        "asks": {"type": "array", "items": _LEVEL, "description": "From the lowest price up."},
    },
    "required": ["bids", "asks"],
}
ERROR: Schema = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "description": "The error for programs, by the names of gRPC."},
        "message": {"type": "string", "description": "The error for people."},
        "details": {
            "type": "array",
            "description": "Messages of google.rpc: their type, and their bytes as base64.",
            "items": {
                "type": "object",
                "properties": {"type": {"type": "string"}, "value": {"type": "string"}},
                "required": ["type", "value"],
            },
        },
    },
    "required": ["code", "message"],
}


class OpenApiDocument:
    """Gathers the paths of one server."""

    def __init__(self) -> None:
        self._schemas = Schemas()
        self._paths: dict[str, Schema] = {}

    def add_call(self, service: str, name: str, answers: ReadableAnswers) -> None:
        """A call with one answer."""
        answer = self._schemas.answer(answers.answer)
        asked = [*parameters(answers.form), *SELECTION]
        whole = body(answers.form)
        whole["properties"] |= {
            each["name"]: each["schema"] | {"description": each["description"]} for each in SELECTION
        }
        self._paths[answers.path] = {
            "get": _operation(service, name, answers.path, asked, {"application/json": answer}),
            "post": _operation(service, name, answers.path, [], {"application/json": answer}, "post")
            | {"requestBody": {"content": {"application/json": {"schema": whole}}}},
        }

    def add_stream(self, service: str, name: str, answers: ReadableAnswers) -> None:
        """A stream of server-sent events."""
        message = self._schemas.answer(answers.answer)
        asked = [*parameters(answers.form), *SELECTION]
        content = {"text/event-stream": {"type": "string", "contentMediaType": "application/json"}}
        made = _operation(service, name, answers.path, asked, content)
        made["description"] += (
            " Server-sent events: `data` is one line of JSON, the event `end` says why the stream ends."
        )
        made["x-message"] = message
        self._paths[answers.path] = {"get": made}

    def add_csv(self, path: str, service: str, name: str, answers: ReadableAnswers) -> None:
        """The answer of a call as CSV."""
        self._paths[path] = {
            "get": _operation(service, name, path, parameters(answers.form), {"text/csv": {"type": "string"}}),
            "post": _operation(service, name, path, [], {"text/csv": {"type": "string"}}, "post")
            | {"requestBody": {"content": {"application/json": {"schema": body(answers.form)}}}},
        }

    def add_simple_book(self, path: str, service: str, name: str, answers: ReadableAnswers) -> None:
        """A book as lists of [price, amount], at the path and at one path per market."""
        switches: list[Schema] = [
            {"name": switch, "in": "query", "description": words, "schema": _SWITCH}
            for switch, words in (
                ("signed", "1: amounts of asks are below 0."),
                ("numbers", "1: JSON numbers in place of text."),
            )
        ]
        asked = [*parameters(answers.form), *switches]
        content = {"application/json": SIMPLE_BOOK}
        self._paths[path] = {"get": _operation(service, name, path, asked, content)}
        market: Schema = {
            "name": "market",
            "in": "path",
            "required": True,
            "description": "BASE-QUOTE.",
            "schema": {"type": "string", "minLength": 1, "pattern": r"^[A-Za-z0-9]+-[A-Za-z0-9]+$"},
        }
        rest = [each for each in asked if each["name"] != "market"]
        of_market = f"{path}/{{market}}"
        self._paths[of_market] = {"get": _operation(service, name, of_market, [market, *rest], content)}

    def add_post(self, path: str, post: Post) -> None:
        """A post that changes something, or asks by a body alone."""
        place = _place(path)
        self._paths[path] = {
            "post": {
                "operationId": f"post_{place}",
                "tags": ["Push"],
                "description": f"{post.words} A server with tokens needs one with the right `push` or `control`.",
                "requestBody": {"required": True, "content": {"application/json": {"schema": post.body}}},
                "responses": {
                    "201": {"description": "Taken.", "content": {"application/json": {"schema": post.answer}}},
                    **_refusals(),
                },
            }
        }

    def made(self) -> Mapping[str, Any]:
        """The document."""
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "onebook",
                "version": _version(),
                "description": "Order books of many exchanges, kept exact, merged and analysed. Prices, sizes and all "
                "other exact numbers are decimal text. Times are nanoseconds since 1970 UTC as text. What is not known "
                "is null. The same calls are served over gRPC.",
            },
            "servers": [{"url": "/"}],
            "security": [{}, {"bearer": []}],
            "paths": dict(self._paths),
            "components": {
                "schemas": {**self._schemas.made, "Error": ERROR},
                "responses": dict(_errors()),
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "Needed where the server has tokens: one with the right `read`, for posts with "
                        "`push` or `control`.",
                    }
                },
            },
        }


def _operation(
    service: str, name: str, path: str, asked: list[Schema], content: Mapping[str, Schema], method: str = "get"
) -> Schema:
    words = WORDS.get(f"{service.rpartition('.')[2]}.{name}", "")
    kinds = {kind: {"schema": made} for kind, made in content.items()}
    return {
        "operationId": f"{method}_{_place(path)}",
        "tags": [service.rpartition(".")[2].removesuffix("Service")],
        "description": words,
        "parameters": asked,
        "responses": {"200": {"description": "The answer.", "content": kinds}, **_refusals()},
    }


def _place(path: str) -> str:
    """The path as a part of a name."""
    return "".join(letter if letter.isalnum() else "_" for letter in path.strip("/")).strip("_")


def _refusals() -> Schema:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in ERRORS}


def _errors() -> Iterable[tuple[str, Schema]]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for status, words in ERRORS.items():
        yield status, {"description": words, "content": content}


def _version() -> str:
    try:
        return version("onebook")
    except PackageNotFoundError:  # A checkout that was not installed.
        return "0"
