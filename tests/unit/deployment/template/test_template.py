from collections.abc import Callable
from pathlib import Path

import pytest

from deployment.template.application import Application, JwtAuthorizer, Template
from deployment.template.intrinsics import ResourceValue, TemplateError, UnresolvedValueError
from tests.fakes.resources import EVENT_RESOURCES

ROOT = Path(__file__).resolve().parents[4]
AUTHORIZER = JwtAuthorizer(
    issuer="https://issuer.example", audiences=("one", "two"), identity_source="$request.header.Authorization"
)
PARAMETERS = {"OidcIssuer": "https://issuer.example"}
SECRET = ResourceValue("secret")
ALL = {
    "Items": ResourceValue("items-table"),
    "Secret": SECRET,
    "Site": ResourceValue("E1", attributes={"DomainName": "d"}),
}


def test_routes_carry_their_authorizer_and_scopes(application: Application) -> None:
    routes = {route.key: route for route in application.api.routes}

    assert set(routes) == {"GET /items/{id}", "POST /items", "GET /health"}
    assert routes["GET /items/{id}"].authorizer == AUTHORIZER
    assert routes["GET /items/{id}"].scopes == ()
    assert routes["POST /items"].scopes == ("items/write",)
    assert routes["GET /health"].authorizer is None


def test_an_integration_waits_as_long_as_the_route_says_and_half_a_minute_otherwise(
    application: Application,
) -> None:
    seconds = {route.key: route.timeout_seconds for route in application.api.routes}

    assert seconds == {"GET /items/{id}": 30, "POST /items": 20, "GET /health": 30}


def test_the_stage_and_its_variables_are_read(application: Application) -> None:
    assert application.api.stage == "api"
    assert application.api.further_stages == ("second",)
    assert application.api.stage_variables == {"pageBaseUrl": "https://site.example"}


def test_a_function_takes_from_globals_what_it_does_not_say(application: Application) -> None:
    function = application.functions["ReadFunction"]

    assert function.handler == "app.lambda_handler"
    assert function.timeout_seconds == 7
    assert function.memory_megabytes == 128
    assert function.environment == {
        "TABLE_NAME": "items-table",
        "GREETING": "hello",
        "VERBOSE": "false",
        "LIMIT": "25",
    }


def test_a_function_keeps_what_it_says_itself(application: Application) -> None:
    function = application.functions["WriteFunction"]

    assert function.timeout_seconds == 40
    assert function.memory_megabytes == 512
    assert function.environment["GREETING"] == "hello, eu-west-1"
    assert function.environment["TABLE_NAME"] == "items-table"
    assert function.environment["SECRET_ARN"] == "arn:aws:secretsmanager:::secret:one"


def test_code_and_layers_are_folders_beside_the_template(application: Application, tmp_path: Path) -> None:
    function = application.functions["ReadFunction"]

    assert function.code == tmp_path / "functions" / "read"
    assert function.layers == (tmp_path / "layer",)


def test_a_function_whose_condition_does_not_hold_is_not_there(application: Application) -> None:
    assert set(application.functions) == {"ReadFunction", "WriteFunction"}


def test_the_table_can_be_read_before_anything_exists(sample: Template) -> None:
    properties = sample.properties("Items", kind="AWS::DynamoDB::Table", parameters={})

    assert properties["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]


def test_a_resource_of_another_kind_is_not_taken_for_the_table(sample: Template) -> None:
    with pytest.raises(TemplateError, match="Secret"):
        sample.properties("Secret", kind="AWS::DynamoDB::Table", parameters={})


@pytest.mark.parametrize("missing", ["Items", "Secret", "Site"])
def test_a_value_the_stack_does_not_give_is_named(sample: Template, missing: str) -> None:
    resources = {name: value for name, value in ALL.items() if name != missing}

    with pytest.raises(UnresolvedValueError, match=missing):
        sample.application(parameters=PARAMETERS, resources=resources)


def test_a_parameter_without_a_value_is_named(sample: Template) -> None:
    with pytest.raises(UnresolvedValueError, match="OidcIssuer"):
        sample.application(parameters={}, resources=ALL)


@pytest.mark.parametrize(
    ("events", "named"),
    [
        ("{Method: GET, Path: /}", "ApiId"),
        ("{ApiId: !Ref Api, Method: GET, Path: /, Auth: {Authorizer: Unheard}}", "Unheard"),
    ],
)
def test_a_route_that_would_not_be_protected_is_refused(
    write_template: Callable[[str], Template], events: str, named: str
) -> None:
    template = write_template(
        f"""
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: f, Handler: app.h, Events: {{R: {{Type: HttpApi, Properties: {events}}}}}}}
  Api: {{Type: AWS::Serverless::HttpApi}}
"""
    )

    with pytest.raises(TemplateError, match=named):
        template.application(parameters={}, resources={})


def test_a_file_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"nothing\.yaml"):
        Template(tmp_path / "nothing.yaml")


def products_own(path: Path, **parameters: str) -> Application:
    return Template(path).application(
        parameters={
            "OidcIssuer": "http://127.0.0.1:8091",
            "OidcAudience": "teleconsultation",
            "FrameOrigins": "https://calls.example",
            **parameters,
        },
        resources={
            "TeleconsultationsTable": ResourceValue("table", attributes={"Arn": "arn"}),
            "BandyerSecret": ResourceValue("secret", attributes={"Id": "arn"}),
            "SiteDistribution": ResourceValue("E1", attributes={"DomainName": "site.example"}),
            **EVENT_RESOURCES,
        },
    )


def test_the_products_own_template_gives_its_routes() -> None:
    application = products_own(ROOT / "template.yaml")

    scopes = {route.key: route.scopes for route in application.api.routes}
    assert scopes == {
        "POST /teleconsultation": ("teleconsultation/manage",),
        "PATCH /teleconsultation/{id}": ("teleconsultation/manage",),
        "DELETE /teleconsultation/{id}": ("teleconsultation/manage",),
        "DELETE /teleconsultation/{id}/uploads": (),
        "GET /teleconsultation": ("teleconsultation/manage",),
        "GET /teleconsultation/{id}/invitation.ics": (),
        "GET /teleconsultation/{id}/join/invitation.ics": (),
        "POST /credentials": (),
        "GET /settings": ("teleconsultation/settings",),
        "PATCH /settings/update": ("teleconsultation/settings",),
        "POST /settings/background-image": ("teleconsultation/settings",),
        "GET /teleconsultation/{id}/details": (),
        "GET /teleconsultation/{id}/sessions": (),
        "GET /teleconsultation/{id}/recordings/{sessionId}": (),
        "GET /transcription/{id}/{sessionId}": (),
        "GET /teleconsultation/{id}": (),
        "GET /teleconsultation/{id}/join": (),
        "POST /teleconsultation/{id}/participants/data": ("teleconsultation/manage",),
        "DELETE /teleconsultation/{id}/participants/{userExternalId+}": ("teleconsultation/manage",),
        "PUT /users/{userExternalId+}": ("teleconsultation/manage",),
        "DELETE /users/{userExternalId+}": ("teleconsultation/manage",),
        "GET /erasures/{erasureId}": ("teleconsultation/manage",),
        "POST /teleconsultation/{id}/room": (),
        "POST /teleconsultation/{id}/join/room": (),
        "GET /teleconsultation/{id}/attendance": ("teleconsultation/manage",),
        "GET /teleconsultation/{id}/history": ("teleconsultation/manage",),
        "POST /teleconsultation/{id}/consent": (),
        "POST /teleconsultation/{id}/join/consent": (),
        "POST /teleconsultation/{id}/presence": (),
        "POST /teleconsultation/{id}/join/presence": (),
        "POST /webhooks/bandyer": (),
    }
    without_token = [route.key for route in application.api.routes if route.authorizer is None]
    assert sorted(without_token) == [
        "GET /teleconsultation/{id}/join",
        "GET /teleconsultation/{id}/join/invitation.ics",
        "POST /teleconsultation/{id}/join/consent",
        "POST /teleconsultation/{id}/join/presence",
        "POST /teleconsultation/{id}/join/room",
        "POST /webhooks/bandyer",
    ]


def test_the_products_own_schedules_run_the_reconciler_and_the_erasures() -> None:
    functions = products_own(ROOT / "template.yaml").functions

    assert {
        name: function.every_seconds for name, function in functions.items() if function.every_seconds
    } == {"ErasePersonFunction": 300, "ReconcileRoomsFunction": 300}


def test_a_schedule_that_is_disabled_does_not_run() -> None:
    on = products_own(ROOT / "template.yaml", ProbeSecretArn="arn").functions["ProbeFunction"]
    off = products_own(ROOT / "template.yaml").functions["ProbeFunction"]

    assert (on.every_seconds, off.every_seconds) == (300, None)


@pytest.mark.parametrize("expression", ["cron(0 8 * * ? *)", "rate(0 minutes)", "rate(5 seconds)", "at(now)"])
def test_a_schedule_a_laptop_cannot_keep_is_named(tmp_path: Path, expression: str) -> None:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    (tmp_path / "template.yaml").write_text(text.replace("rate(5 minutes)", expression), encoding="utf-8")

    with pytest.raises(TemplateError, match=r"ReconcileRoomsFunction\.Schedule"):
        products_own(tmp_path / "template.yaml")
