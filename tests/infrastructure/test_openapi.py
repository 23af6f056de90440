"""docs/openapi.yaml against all it could drift away from: the models, the errors, the routes, itself."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis

from deployment.template.application import HttpApi, Template
from deployment.template.intrinsics import ResourceValue
from docs.build import openapi
from teleconsultation.domain.errors import (
    ConflictError,
    DirectoryUnavailableError,
    ImageTooLargeError,
    InvalidRequestError,
    TeleconsultationError,
)
from teleconsultation.domain.events import Event, EventType
from teleconsultation.domain.model import MAX_PARTICIPANTS, MIN_PARTICIPANTS
from teleconsultation.domain.schedule import MAX_DURATION_SECONDS, MIN_DURATION_SECONDS
from teleconsultation.edge.background_image import MAX_FORM_BYTES
from teleconsultation.edge.consent_body import GiveConsentBody
from teleconsultation.edge.create_body import CreateTeleconsultationBody
from teleconsultation.edge.credentials_body import IssueCredentialsBody
from teleconsultation.edge.http import MANAGE_SCOPE, MAX_BODY_BYTES, ORIGINAL_ADDRESS, SETTINGS_SCOPE
from teleconsultation.edge.participant_body import parse_participant
from teleconsultation.edge.problems import PROBLEMS, UNEXPECTED, problem_document
from teleconsultation.edge.profile_body import ProfileBody
from teleconsultation.edge.settings_body import UpdateSettingsBody
from teleconsultation.edge.update_body import UpdateTeleconsultationBody
from teleconsultation.publishing.cloud_event import cloud_event
from teleconsultation.use_cases.read import CALL_LANGUAGES
from tests.fakes.events import of_every_type
from tests.fakes.resources import EVENT_RESOURCES
from tests.integration.api.contract import Contract, ContractViolationError, load_document

type Json = dict[str, Any]

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENT: Final = load_document()
CONTRACT: Final = Contract(DOCUMENT)
PROBLEM_TYPE: Final = "application/problem+json"
SIGNED: Final = {"POST /webhooks/bandyer"}
VISIT: Final = "/teleconsultation/5f0c9a1be2d34c7a8b6d0e1f"


def resolved(node: Json) -> Json:
    """Follow a reference of the document to where it leads."""
    if "$ref" not in node:
        return node
    found = DOCUMENT
    for step in node["$ref"].split("/")[1:]:
        found = found[step]
    return found


def operations() -> Iterator[tuple[str, str, Json]]:
    for path, item in DOCUMENT["paths"].items():
        for method in item.keys() - {"parameters"}:
            yield method.upper(), path, item[method]


def problem_schemas() -> Iterator[tuple[str, Json]]:
    """Give status and schema of every problem of every operation; alternatives one by one."""
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            content = resolved(response).get("content", {})
            if PROBLEM_TYPE in content:
                schema = content[PROBLEM_TYPE]["schema"]
                for alternative in schema.get("oneOf", [schema]):
                    yield status, alternative


def examples() -> Iterator[tuple[str, Any, str]]:
    """Give every example of a body, with the pointer to the schema it must fit."""

    def of(media: Mapping[str, Json], pointer: str) -> Iterator[tuple[str, Any, str]]:
        for media_type, content in media.items():
            at = f"{pointer}/content/{media_type.replace('/', '~1')}"
            named = {
                name: resolved(example)["value"] for name, example in content.get("examples", {}).items()
            }
            if "example" in content:
                named["example"] = content["example"]
            for name, value in named.items():
                yield f"{at}/{name}", value, f"{at}/schema"

    for method, path, operation in operations():
        at = f"#/paths/{path.replace('/', '~1')}/{method.lower()}"
        if "requestBody" in operation:
            yield from of(operation["requestBody"]["content"], f"{at}/requestBody")
        for status, response in operation["responses"].items():
            pointer = response.get("$ref", f"{at}/responses/{status}")
            yield from of(resolved(response).get("content", {}), pointer)


EXAMPLES: Final = list({name: (name, value, schema) for name, value, schema in examples()}.values())


def check(**changes: Any) -> None:
    """Check the answer to a GET that the document promises, except for `changes`."""
    body = next(value for name, value, _ in EXAMPLES if name.endswith("/open"))
    answer = {
        "method": "GET",
        "path": VISIT,
        "status": 200,
        "headers": {
            "content-type": "application/json",
            "etag": '"3"',
            "cache-control": "no-store, no-transform",
        },
        "body": json.dumps(body).encode(),
    }
    CONTRACT.check(**{**answer, **changes})


def test_every_type_of_event_is_described() -> None:
    hooks = DOCUMENT["webhooks"]
    schema = DOCUMENT["components"]["schemas"]["Event"]

    types = [kind.value for kind in EventType]
    assert list(hooks) == schema["properties"]["type"]["enum"] == types
    described = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    for kind in types:
        assert f"| `{kind}` |" in described


@pytest.mark.parametrize("event", of_every_type(), ids=lambda event: event.type.value)
def test_every_event_is_as_described(event: Event) -> None:
    told = cloud_event(event, deployment="clinic")

    CONTRACT.check_schema(told, pointer="#/components/schemas/Event", where=event.type)
    schema = DOCUMENT["components"]["schemas"]["Event"]
    assert told.keys() == schema["properties"].keys()
    assert told["data"].keys() <= schema["properties"]["data"]["properties"].keys()


def test_generating_it_again_changes_nothing() -> None:
    text = openapi.DOCUMENT.read_text(encoding="utf-8")

    assert openapi.with_request_schemas(text, schemas=openapi.request_schemas()) == text


def test_the_generator_rewrites_its_own_block_only() -> None:
    text = f"# kept\n{openapi.BEGIN}    old: 1\n{openapi.END}# kept too\n"

    made = openapi.with_request_schemas(text, schemas={"New": {"type": "string"}})

    assert made == f"# kept\n{openapi.BEGIN}    New:\n      type: string\n{openapi.END}# kept too\n"


@pytest.mark.parametrize(
    "text", ["", openapi.BEGIN, openapi.END + openapi.BEGIN, (openapi.BEGIN + openapi.END) * 2]
)
def test_the_generator_refuses_a_document_without_its_markers(text: str) -> None:
    with pytest.raises(openapi.OpenApiDocumentError):
        openapi.with_request_schemas(text, schemas={})


def test_generated_schemas_refer_to_nothing_outside_the_document() -> None:
    references = {part.split('"')[0] for part in json.dumps(openapi.request_schemas()).split('"$ref": "')[1:]}

    assert references
    assert references <= {f"#/components/schemas/{name}" for name in openapi.request_schemas()}


def test_it_is_valid_openapi() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def test_its_codes_are_those_of_the_errors_with_their_statuses() -> None:
    documented = {
        (int(status), code)
        for status, schema in problem_schemas()
        for code in schema["properties"]["code"]["enum"]
    }

    known = {(problem.status, problem.code) for problem in (*PROBLEMS.values(), UNEXPECTED)}
    assert documented == known
    assert set(DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]) == {
        code for _, code in known
    }


def test_each_problem_schema_fixes_the_status_it_stands_under() -> None:
    assert all(schema["properties"]["status"]["const"] == int(status) for status, schema in problem_schemas())


def test_every_code_of_every_status_has_an_example() -> None:
    shown = {
        (str(value["status"]), value["code"])
        for _, value, _ in EXAMPLES
        if isinstance(value, dict) and "code" in value
    }

    assert shown == {
        (status, code)
        for status, schema in problem_schemas()
        for code in schema["properties"]["code"]["enum"]
    }


def sample_error(error_class: type[TeleconsultationError]) -> TeleconsultationError:
    if issubclass(error_class, InvalidRequestError):
        return error_class([])
    takes_a_text = error_class in (ConflictError, DirectoryUnavailableError)
    return error_class("") if takes_a_text else error_class()


@pytest.mark.parametrize("error_class", PROBLEMS, ids=lambda error_class: error_class.__name__)
def test_examples_of_problems_are_word_for_word_what_is_answered(
    error_class: type[TeleconsultationError],
) -> None:
    problem = PROBLEMS[error_class]

    error = sample_error(error_class)
    documents = [problem_document(problem, error=error, method=method) for method in ("POST", "PATCH")]

    problems = (value for _, value, _ in EXAMPLES if isinstance(value, dict))
    shown = [value for value in problems if value.get("code") == problem.code]
    assert shown
    assert all(
        {**value, "errors": []} in [{**document, "errors": []} for document in documents] for value in shown
    )


@pytest.mark.parametrize(
    ("value", "schema"), [(value, schema) for _, value, schema in EXAMPLES], ids=[n for n, _, _ in EXAMPLES]
)
def test_an_example_fits_its_schema(value: Json, schema: str) -> None:
    CONTRACT.check_schema(value, pointer=schema, where=schema)


@pytest.mark.parametrize(
    ("operation", "parse"),
    [
        ("createTeleconsultation", CreateTeleconsultationBody.parse),
        ("updateTeleconsultation", UpdateTeleconsultationBody.parse),
        ("addParticipant", parse_participant),
        ("giveConsent", GiveConsentBody.parse),
        ("issueCredentials", IssueCredentialsBody.parse),
        ("updateSettings", UpdateSettingsBody.parse),
        ("introducePerson", partial(ProfileBody.parse, external_id="x")),
    ],
)
def test_examples_of_requests_are_accepted(operation: str, parse: Any) -> None:
    [content] = [o["requestBody"]["content"] for _, _, o in operations() if o["operationId"] == operation]

    shown = content["application/json"]["examples"]

    for example in shown.values():
        parse(json.dumps(example["value"]).encode())
    assert shown


@pytest.fixture(scope="module")
def http_api() -> HttpApi:
    return (
        Template(ROOT / "template.yaml")
        .application(
            parameters={
                "OidcIssuer": "https://issuer.example.com",
                "OidcAudience": "teleconsultation",
                "FrameOrigins": "https://calls.example",
            },
            resources={
                "TeleconsultationsTable": ResourceValue("table", attributes={"Arn": "arn"}),
                "BandyerSecret": ResourceValue("arn", attributes={"Id": "arn"}),
                "SiteDistribution": ResourceValue("site", attributes={"DomainName": "example.com"}),
                **EVENT_RESOURCES,
            },
        )
        .api
    )


def test_its_operations_and_scopes_are_the_routes_of_the_template(http_api: HttpApi) -> None:
    documented = {
        (method, path): operation.get("security", DOCUMENT["security"])
        for method, path, operation in operations()
    }

    assert documented == {
        # In a document a variable of one or more segments looks like one of a single segment.
        (route.method, route.path.replace("+}", "}")): [
            {"oidc": list(route.scopes)}
            if route.authorizer is not None
            else {"bandyerSignature": []}
            if route.key in SIGNED
            else {"joinSecret": []}
        ]
        for route in http_api.routes
    }
    assert {scope for route in http_api.routes for scope in route.scopes} == {
        MANAGE_SCOPE,
        SETTINGS_SCOPE,
    }
    paths = {f"/{http_api.stage}", ORIGINAL_ADDRESS}
    assert {
        f"/{server['url'].partition('//')[2].partition('/')[2]}" for server in DOCUMENT["servers"]
    } == paths


def test_only_a_join_link_or_a_signature_opens_a_route_without_a_token(http_api: HttpApi) -> None:
    open_routes = {route.key for route in http_api.routes if route.authorizer is None}

    assert sorted(open_routes - SIGNED) == [
        "GET /teleconsultation/{id}/join",
        "GET /teleconsultation/{id}/join/invitation.ics",
        "POST /teleconsultation/{id}/join/consent",
        "POST /teleconsultation/{id}/join/presence",
        "POST /teleconsultation/{id}/join/room",
    ]


def test_both_ways_in_give_the_same_answer() -> None:
    by_token, by_link = (
        DOCUMENT["paths"][f"/teleconsultation/{{id}}{tail}"]["get"] for tail in ("", "/join")
    )

    for part in ("200", "304", "410"):
        assert by_token["responses"][part] == by_link["responses"][part]
    assert by_token["parameters"] == by_link["parameters"]


def test_everything_a_reader_meets_is_described() -> None:
    undescribed = [
        f"{name}.{field}"
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for field, value in schema.get("properties", {}).items()
        if "description" not in value and "$ref" not in value and field not in ("participants", "data")
    ]

    assert undescribed == []
    assert all("description" in resolved(r) for _, _, o in operations() for r in o["responses"].values())
    assert max(Counter(o["operationId"] for _, _, o in operations()).values()) == 1


def test_numbers_and_lists_in_it_are_those_of_the_code() -> None:
    languages = DOCUMENT["components"]["schemas"]["CallData"]["properties"]["language"]["enum"]
    limits = {
        o["operationId"]: o["requestBody"]["description"] for _, _, o in operations() if "requestBody" in o
    }
    image_limit = limits.pop("addBackground")

    assert set(languages) == CALL_LANGUAGES | {None}
    assert limits
    assert {*limits.values()} == {f"At most {MAX_BODY_BYTES // 1024} KB."}
    assert f"at most {MAX_FORM_BYTES / 1e6} MB" in image_limit
    assert f"larger than {MAX_FORM_BYTES / 1e6} MB" in PROBLEMS[ImageTooLargeError].detail


def test_generated_schemas_keep_the_limits_of_the_models() -> None:
    made = openapi.request_schemas()
    duration = {"minimum": MIN_DURATION_SECONDS, "maximum": MAX_DURATION_SECONDS}
    people = {"minimum": MIN_PARTICIPANTS, "maximum": MAX_PARTICIPANTS}

    for name in ("CreateTeleconsultation", "UpdateTeleconsultation"):
        assert duration.items() <= made[name]["properties"]["duration_in_seconds"].items()
    for name in ("Participants", "ParticipantsChange"):
        assert people.items() <= made[name]["properties"]["number"].items()
        assert made[name]["properties"]["data"]["maxItems"] == MAX_PARTICIPANTS
    assert made["UpdateTeleconsultation"]["properties"]["renewJoinLinks"]["maxItems"] == MAX_PARTICIPANTS
    assert "renewJoinLinks" not in made["CreateTeleconsultation"]["properties"]


# The judge of every integration test must itself be able to say no.


def test_the_contract_accepts_what_is_promised() -> None:
    check()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"status": 201}, id="undocumented status"),
        pytest.param({"method": "PUT"}, id="undocumented method"),
        pytest.param({"path": "/unknown"}, id="undocumented path"),
        pytest.param({"headers": {}}, id="no headers"),
        pytest.param({"headers": {"content-type": "application/json", "etag": '"3"'}}, id="no Cache-Control"),
        pytest.param(
            {
                "headers": {
                    "content-type": "application/json",
                    "etag": "3",
                    "cache-control": "no-store, no-transform",
                }
            },
            id="malformed ETag",
        ),
        pytest.param(
            {"headers": {"content-type": "application/json", "etag": '"3"', "cache-control": "public"}},
            id="another Cache-Control",
        ),
        pytest.param(
            {
                "headers": {
                    "content-type": "text/html",
                    "etag": '"3"',
                    "cache-control": "no-store, no-transform",
                }
            },
            id="undocumented content type",
        ),
        pytest.param(
            {
                "headers": {
                    "content-type": "application/json",
                    "etag": '"3"',
                    "cache-control": "no-store, no-transform",
                    "x-powered-by": "us",
                }
            },
            id="undocumented header",
        ),
        pytest.param({"body": b"{}"}, id="body without its fields"),
        pytest.param({"method": "DELETE", "status": 204}, id="body where none may be"),
        pytest.param({"status": 404}, id="another status's body"),
    ],
)
def test_the_contract_refuses_what_is_not_promised(changes: Json) -> None:
    with pytest.raises(ContractViolationError):
        check(**changes)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "SCHEDULED"),
        ("accessLinkURL", None),
        ("retryAfterSeconds", None),
        ("serverTime", "2026-12-01T15:25:00Z"),
        ("language", "xx"),
        ("surprise", 1),
    ],
)
def test_the_contract_refuses_call_data_that_contradicts_itself(field: str, value: object) -> None:
    body = next(value for name, value, _ in EXAMPLES if name.endswith("/open"))

    with pytest.raises(ContractViolationError):
        check(body=json.dumps({**body, field: value}).encode())
