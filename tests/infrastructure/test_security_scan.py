"""Checkov's rules for the expanded template: what is broken is found, what is accepted has a reason.

https://www.checkov.io/5.Policy%20Index/cloudformation.html
"""

import copy
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.infrastructure.conftest import TOOLS, Template, properties_of

pytestmark = pytest.mark.deep

ACCEPTED = {
    "CKV_AWS_18": "Access logs of the site's bucket would show CloudFront, which alone may read it.",
    "CKV_AWS_21": "The site's files are made from the repository: an old version is an old commit.",
    "CKV_AWS_27": "Checkov accepts a key of KMS only; SQS encrypts with its own key (test_template.py).",
    "CKV_AWS_86": "CloudFront's logs hold the addresses of people and of the visits they go to.",
    "CKV_AWS_115": "Readers take what the writers' reserve leaves; their own rates limit them.",
    "CKV_AWS_116": "Callers are answered and repeat by themselves; the reconciler soon runs again.",
    "CKV_AWS_117": "The functions talk to public endpoints only; a VPC would protect nothing.",
    "CKV_AWS_149": "Who wants a key of their own names a secret encrypted with it (BandyerSecretArn).",
    "CKV_AWS_158": "Logs are encrypted with AWS's key and hold no personal data (tests of the logs).",
    "CKV_AWS_173": "The variables are settings, no secrets; Lambda encrypts them with AWS's key.",
    "CKV_AWS_174": "CloudFront's own name fixes its versions; an own domain has TLS 1.2 (test_template.py).",
}


def _public_bucket(template: Template) -> None:
    properties_of(template, "SiteBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


def _no_backups(template: Template) -> None:
    del properties_of(template, "TeleconsultationsTable")["PointInTimeRecoverySpecification"]


def _every_right(template: Template) -> None:
    [policy] = properties_of(template, "GetTeleconsultationFunctionRole")["Policies"]
    policy["PolicyDocument"]["Statement"][0] |= {"Action": "*", "Resource": "*"}


def _anybody_assumes(template: Template) -> None:
    role = properties_of(template, "GetTeleconsultationFunctionRole")
    role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}


def _plain_http(template: Template) -> None:
    distribution = properties_of(template, "SiteDistribution")["DistributionConfig"]
    distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = "allow-all"


def _endless_logs(template: Template) -> None:
    del properties_of(template, "ApiAccessLogGroup")["RetentionInDays"]


def _key_in_the_environment(template: Template) -> None:
    variables = properties_of(template, "GetTeleconsultationFunction")["Environment"]["Variables"]
    variables["AWS_SECRET"] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


FAULTS: Mapping[str, tuple[Callable[[Template], None], str]] = {
    "a public bucket": (_public_bucket, "CKV_AWS_54"),
    "a table without backups": (_no_backups, "CKV_AWS_28"),
    "every right on everything": (_every_right, "CKV_AWS_63"),
    "a role that anybody may take": (_anybody_assumes, "CKV_AWS_60"),
    "plain http": (_plain_http, "CKV_AWS_34"),
    "logs that are kept for ever": (_endless_logs, "CKV_AWS_66"),
    "a key in the environment": (_key_in_the_environment, "CKV_AWS_45"),
}


@pytest.fixture(scope="module")
def found(expanded: Template, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """What the scan finds in the template, and in one with every fault, each under a rule of its own."""
    folder = tmp_path_factory.mktemp("scan")
    broken = copy.deepcopy(expanded)
    for fault, _ in FAULTS.values():
        fault(broken)
    for name, template in (("template", expanded), ("broken", broken)):
        (folder / f"{name}.json").write_text(json.dumps(template), encoding="utf-8")
    report = _scan(folder)

    failed: dict[str, set[str]] = {"template": set(), "broken": set()}
    for check in report["results"]["failed_checks"]:
        failed[Path(check["file_path"]).stem].add(check["check_id"])
    return failed


def _scan(folder: Path) -> dict[str, dict[str, list[dict[str, str]]]]:
    # --skip-download: the texts of its guidelines come from its maker's server.
    result = subprocess.run(
        [
            TOOLS / "checkov/bin/checkov",
            *("--directory", folder, "--framework", "cloudformation"),
            *("--output", "json", "--compact", "--quiet", "--skip-download"),
        ],
        capture_output=True,
        text=True,
        # Half a minute on a quiet machine; `make test-deep` runs other lanes beside it.
        timeout=300,
        check=False,
    )
    # 1 means that it found something, as it must in the broken templates.
    assert result.returncode == 1, result.stderr
    report: dict[str, dict[str, list[dict[str, str]]]] = json.loads(result.stdout)
    assert report["results"].get("parsing_errors", []) == []
    return report


def test_what_is_found_in_the_template_is_accepted_for_a_reason(found: Mapping[str, set[str]]) -> None:
    # Equal, not a subset: a reason that is needed no more goes.
    assert found["template"] == ACCEPTED.keys()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(found: Mapping[str, set[str]], fault: str) -> None:
    _, check = FAULTS[fault]

    assert check in found["broken"]
    assert check not in found["template"]
