"""Write the request schemas of docs/openapi.yaml from the models that validate requests: `make openapi`.

Only the block between two marker lines is generated; the rest of the document is written by hand.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from teleconsultation.edge.consent_body import GiveConsentBody
from teleconsultation.edge.create_body import CreateTeleconsultationBody
from teleconsultation.edge.credentials_body import IssueCredentialsBody
from teleconsultation.edge.profile_body import ProfileBody
from teleconsultation.edge.settings_body import UpdateSettingsBody
from teleconsultation.edge.update_body import UpdateTeleconsultationBody

DOCUMENT: Final = Path(__file__).resolve().parents[1] / "openapi.yaml"
BEGIN: Final = "    # generated: begin\n"
END: Final = "    # generated: end\n"
_MODELS: Final = (
    CreateTeleconsultationBody,
    GiveConsentBody,
    IssueCredentialsBody,
    ProfileBody,
    UpdateSettingsBody,
    UpdateTeleconsultationBody,
)
_REFERENCE: Final = "#/components/schemas/"
_INDENT: Final = "    "
_LINE_LENGTH: Final = 120
# These keys come first in the document, the others in pydantic's order.
_FIRST_KEYS: Final = ("description", "type", "format", "required", "properties")

type Schema = dict[str, Any]


class OpenApiDocumentError(Exception):
    """The document lacks the marker lines around the generated schemas."""


class RequestSchema(GenerateJsonSchema):
    """Generates schemas for OpenAPI: an optional field is neither nullable nor defaults to null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Return an optional field's schema without null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema without its default: the only one, None, means that the field was not sent."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - the base's signature
        """Return False: titles would only repeat the names."""
        return False


def request_schemas() -> dict[str, Schema]:
    """Return the schemas of the request bodies and of the schemas they refer to, by name.

    A model's title is its name in the document. A definition without a title is an alias in Python; its
    schema is inlined.
    """
    _, document = models_json_schema(
        [(model, "validation") for model in _MODELS],
        ref_template=_REFERENCE + "{model}",
        schema_generator=RequestSchema,
    )
    definitions: Mapping[str, Schema] = document["$defs"]
    named = {name: schema for name, schema in definitions.items() if "title" in schema}
    return {
        str(schema["title"]): _rewritten(
            {key: value for key, value in schema.items() if key != "title"}, definitions=definitions
        )
        for schema in named.values()
    }


def with_request_schemas(text: str, *, schemas: Mapping[str, Schema]) -> str:
    """Return the document's text with `schemas` between the markers.

    Raises:
        OpenApiDocumentError: a marker is missing or stands there twice.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise OpenApiDocumentError(
            f"the document needs the lines {BEGIN.strip()!r} and {END.strip()!r}, in order"
        )
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{_block(schemas)}{END}{after}"


def main() -> None:
    """Write the schemas into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(with_request_schemas(text, schemas=request_schemas()), encoding="utf-8")


def _rewritten(node: Any, *, definitions: Mapping[str, Schema]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, list):
        return [_rewritten(item, definitions=definitions) for item in node]
    if not isinstance(node, dict):
        return node
    reference = str(node.get("$ref", ""))
    if not reference.startswith(_REFERENCE):
        first = [key for key in _FIRST_KEYS if key in node]
        keys = [*first, *(key for key in node if key not in _FIRST_KEYS)]
        return {key: _rewritten(node[key], definitions=definitions) for key in keys}
    definition = definitions[reference.removeprefix(_REFERENCE)]
    beside = {key: value for key, value in node.items() if key != "$ref"}
    if "title" in definition:
        return {"$ref": _REFERENCE + definition["title"], **beside}
    merged: Schema = {**definition, **beside}
    return _rewritten(merged, definitions=definitions)


def _block(schemas: Mapping[str, Schema]) -> str:
    text = yaml.safe_dump(
        dict(schemas), sort_keys=False, width=_LINE_LENGTH - len(_INDENT), allow_unicode=True
    )
    return "".join(_INDENT + line for line in text.splitlines(keepends=True))


if __name__ == "__main__":
    main()
