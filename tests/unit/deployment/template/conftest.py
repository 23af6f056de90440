"""A small template to read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deployment.template.application import Application, Template
from deployment.template.intrinsics import ResourceValue

SAMPLE = """
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters:
  OidcIssuer: {Type: String}
  OidcAudience: {Type: CommaDelimitedList, Default: "one, two"}
  Greeting: {Type: String, Default: hello}
  IsLoud: {Type: String, Default: "false"}
  Nobody: {Type: String}
Conditions:
  Loud: !Equals [!Ref IsLoud, "true"]
Globals:
  Function:
    Handler: app.lambda_handler
    Timeout: 7
    Layers: [!Ref Core]
    Environment:
      Variables: {TABLE_NAME: !Ref Items, GREETING: !Ref Greeting, VERBOSE: false, LIMIT: 25}
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  Core:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
  ReadFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/read
      Events:
        Route: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: get, Path: "/items/{id}"}}
        Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
  WriteFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/write
      Timeout: 40
      MemorySize: 512
      Environment:
        Variables: {GREETING: !If [Loud, HELLO, !Sub "${Greeting}, ${AWS::Region}"], SECRET_ARN: !Ref Secret}
      Events:
        Route:
          Type: HttpApi
          Properties:
            ApiId: !Ref Api
            Method: POST
            Path: /items
            TimeoutInMillis: 20000
            Auth: {AuthorizationScopes: [items/write]}
        Health:
          Type: HttpApi
          Properties: {ApiId: !Ref Api, Method: GET, Path: /health, Auth: {Authorizer: NONE}}
  Secret: {Type: AWS::SecretsManager::Secret}
  Unused:
    Type: AWS::Serverless::Function
    Condition: Loud
    Properties: {CodeUri: functions/unused}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: api
      StageVariables: {pageBaseUrl: !Sub "https://${Site.DomainName}"}
      Auth:
        DefaultAuthorizer: Oidc
        Authorizers:
          Oidc:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: !Ref OidcIssuer, audience: !Ref OidcAudience}
  Second:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: second}
"""

ISSUER_URL = "https://issuer.example"
PARAMETERS = {"OidcIssuer": ISSUER_URL}
RESOURCES = {
    "Items": ResourceValue("items-table", attributes={"Arn": "arn:aws:dynamodb:::table/items-table"}),
    "Secret": ResourceValue("arn:aws:secretsmanager:::secret:one"),
    "Site": ResourceValue("E1", attributes={"DomainName": "site.example"}),
}


@pytest.fixture
def write_template(tmp_path: Path) -> Callable[[str], Template]:
    """Make a template of a text."""

    def write(text: str) -> Template:
        path = tmp_path / "template.yaml"
        path.write_text(text, encoding="utf-8")
        return Template(path)

    return write


@pytest.fixture
def sample(write_template: Callable[[str], Template]) -> Template:
    return write_template(SAMPLE)


@pytest.fixture
def application(sample: Template) -> Application:
    return sample.application(parameters=PARAMETERS, resources=RESOURCES)
