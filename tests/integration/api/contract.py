"""docs/openapi.yaml as a judge: is this answer one that the document promises?"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT: Final = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"
_BASE: Final = "urn:openapi"
_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
# Every HTTP answer may have these; the document speaks of what is ours. API Gateway gives each answer an id.
_TRANSPORT_HEADERS: Final = {"content-type", "content-length", "apigw-requestid", "date", "server"}
# An unknown route has no operation: its answer is API Gateway's own, which info.description describes.
_GATEWAY_ERROR: Final = "#/components/schemas/GatewayError"


class ContractViolationError(AssertionError):
    """An answer is not what the document promises; the text says how."""


def load_document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return document


class Contract:
    """Checks answers: status, headers, content type and body. Anything undocumented is a violation."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        resource: Resource[Any] = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource(_BASE, resource)

    def check(self, *, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Check the answer to a request for `path`, which is below the server's address.

        Raises:
            ContractViolationError: the document does not promise this answer.
        """
        where = f"{method} {path} -> {status}"
        template = next((known for known in self._document["paths"] if _matches(known, path)), None)
        if template is None or method.lower() not in self._document["paths"][template]:
            if status != 404:
                raise ContractViolationError(f"{where}: an unknown route must be 404")
            self._check_value(json.loads(body), schema=_GATEWAY_ERROR, where=where)
            return
        operation = f"#/paths/{_escaped(template)}/{method.lower()}"
        responses = self._node(operation)["responses"]
        if str(status) not in responses:
            raise ContractViolationError(f"{where}: undocumented status")
        response = self._resolved(f"{operation}/responses/{status}")
        self._check_headers(headers, response=response, where=where)
        self._check_body(body, content_type=headers.get("content-type"), response=response, where=where)

    def check_schema(self, value: object, *, pointer: str, where: str) -> None:
        """Check any value against the schema at `pointer`, such as an example against its own schema."""
        self._check_value(value, schema=pointer, where=where)

    def _check_headers(self, headers: Mapping[str, str], *, response: str, where: str) -> None:
        documented = {name.lower(): name for name in self._node(response).get("headers", {})}
        for name in headers.keys() - documented.keys() - _TRANSPORT_HEADERS:
            raise ContractViolationError(f"{where}: undocumented header {name}")
        for lowered, name in documented.items():
            header = self._resolved(f"{response}/headers/{_escaped(name)}")
            if lowered in headers:
                self._check_value(headers[lowered], schema=f"{header}/schema", where=f"{where}, {name}")
            elif self._node(header).get("required", False):
                raise ContractViolationError(f"{where}: the header {name} is missing")

    def _check_body(self, body: bytes, *, content_type: str | None, response: str, where: str) -> None:
        content = self._node(response).get("content")
        if content is None or (self._node(response).get("x-may-be-empty") and not body):
            if body or content_type is not None:
                raise ContractViolationError(f"{where}: a body where none is documented")
            return
        if content_type == _JSON and _PROBLEM in content and "code" in json.loads(body):
            # A caller may prefer this type for the same body, as the document's description says.
            content_type = _PROBLEM
        if content_type is None or content_type not in content:
            raise ContractViolationError(f"{where}: undocumented content type {content_type}")
        schema = f"{response}/content/{_escaped(content_type)}/schema"
        value = body.decode() if content_type.startswith("text/") else json.loads(body)
        self._check_value(value, schema=schema, where=where)

    def _check_value(self, value: object, *, schema: str, where: str) -> None:
        validator = Draft202012Validator({"$ref": _BASE + schema}, registry=self._registry)
        for error in validator.iter_errors(value):
            raise ContractViolationError(f"{where}: {error.json_path}: {error.message}")

    def _resolved(self, pointer: str) -> str:
        node = self._node(pointer)
        return str(node["$ref"]) if "$ref" in node else pointer

    def _node(self, pointer: str) -> Mapping[str, Any]:
        node: Mapping[str, Any] = self._registry.resolver(_BASE).lookup(pointer).contents
        return node


def _matches(template: str, path: str) -> bool:
    """Return whether a decoded path is of a template; a person's id may have slashes."""
    pattern = re.escape(template).replace(re.escape("{userExternalId}"), ".+")
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", pattern), path) is not None


def _escaped(name: str) -> str:
    """Write a key as one step of a JSON pointer in a URI fragment (RFC 6901, section 6)."""
    return quote(name.replace("~", "~0").replace("/", "~1"), safe="~")
