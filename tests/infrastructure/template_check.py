"""Expands SAM templates as AWS does and lints the result. Runs in SAM CLI's environment, which has both.

`sam validate --lint` checks AWS::Serverless::* by their schema only: a dangling reference, a runtime that is
none or a misspelt IAM effect inside them pass. CloudFormation gets the expanded template, so that counts.
https://github.com/aws-cloudformation/cfn-lint/pull/4491

Reads a JSON list of templates from standard input; writes a JSON list of `{"expanded": …, "problems": […]}`.
With `--expand-only` nothing is linted.
"""

import json
import sys
from typing import Any

import boto3
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

REGION = "eu-west-1"
# The translator wants uploaded code; what is no such address yet is a local folder until `sam package`.
UPLOADED = {
    "AWS::Serverless::Function": {"CodeUri": "s3://some-bucket/function"},
    "AWS::Serverless::LayerVersion": {"ContentUri": "s3://some-bucket/layer"},
}


def check(template: dict[str, Any], *, linted: bool) -> dict[str, Any]:
    """Expand one template and lint the result; what the expansion refuses is a problem too."""
    for resource in template["Resources"].values():
        properties = resource.setdefault("Properties", {})
        for name, address in UPLOADED.get(resource["Type"], {}).items():
            if not str(properties.get(name)).startswith("s3://"):
                properties[name] = address
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    try:
        expanded = translator.translate(template, parameter_values={}, get_managed_policy_map=dict)
    except InvalidDocumentException as error:
        return {"expanded": None, "problems": [f"expansion: {cause.message}" for cause in error.causes]}
    if not linted:
        return {"expanded": expanded, "problems": []}
    matches = lint(json.dumps(expanded), config=ManualArgs(regions=[REGION]))
    problems = [
        f"{match.rule.id} at {'/'.join(map(str, match.path or ()))}: {match.message}" for match in matches
    ]
    return {"expanded": expanded, "problems": problems}


if __name__ == "__main__":
    is_linted = "--expand-only" not in sys.argv
    json.dump([check(template, linted=is_linted) for template in json.load(sys.stdin)], sys.stdout)
