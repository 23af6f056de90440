from pathlib import Path

import pytest

from deployment.template.intrinsics import TemplateError
from local import __main__ as command
from local.emulator import EmulatorError
from local.gateway.invoker import FunctionError
from local.ports import VARIABLES, Ports
from local.stack import running_stack

BROKEN = """
Parameters:
  OidcIssuer: {Type: String}
  OidcAudience: {Type: String}
  FrameOrigins: {Type: String}
  BandyerBaseUrl: {Type: String}
  BandyerPathPrefix: {Type: String}
  FrameOrigins: {Type: CommaDelimitedList}
  ConsentVersion: {Type: String}
  DeleteUploads: {Type: String}
  UsersApiEndpoint: {Type: String}
Resources:
  DoorQueue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}
  ParkedEventsQueue: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  DeliveryQueue: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  TeleconsultationsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  BrokenFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: broken, Handler: app.lambda_handler}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {StageName: api, StageVariables: {pageBaseUrl: x}}
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "app.py").write_text("import nothing_of_that_name", encoding="utf-8")
    path = tmp_path / "template.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    return path


def test_a_function_that_cannot_be_loaded_stops_the_start_and_leaves_nothing(
    broken: Path, tmp_path: Path
) -> None:
    ports = Ports.free()
    starting = running_stack(ports=ports, template=broken, state_directory=tmp_path / "state")

    with pytest.raises(FunctionError, match="BrokenFunction cannot be loaded"), starting:
        pass

    ports.check()


def test_an_api_without_the_pages_address_stops_the_start(broken: Path, tmp_path: Path) -> None:
    broken.write_text(BROKEN.replace("pageBaseUrl", "somethingElse"), encoding="utf-8")
    starting = running_stack(template=broken, state_directory=tmp_path / "state")

    with pytest.raises(TemplateError, match="pageBaseUrl"), starting:
        pass


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EmulatorError("The AWS emulator is not installed."), "The AWS emulator is not installed.\n"),
        (
            FunctionError("F cannot be loaded: ImportError: x"),
            "F cannot be loaded: ImportError: x. See ",
        ),
        (TemplateError("the template has no Api"), "the template has no Api\n"),
    ],
)
def test_what_stops_the_start_is_one_line(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(command, "running_stack", fail)
    monkeypatch.setattr(command, "_stop_on_signals", lambda: None)
    for name, port in vars(Ports.free()).items():
        monkeypatch.setenv(VARIABLES[name], str(port))

    code = command.main([])

    output = capsys.readouterr()
    assert (code, output.out) == (1, "")
    assert output.err.startswith(said)
    assert output.err.count("\n") == 1
