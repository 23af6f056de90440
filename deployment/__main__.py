"""Deploy, delete or query an environment: `python -m deployment deploy|delete|caller dev|prod`."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from deployment import concurrency, oidc, site
from deployment.caller import caller_hash
from deployment.errors import DeploymentError
from deployment.sam import Sam
from deployment.smoke import smoke_test
from deployment.stack import Outputs, has_never_been_filled, read_outputs, session_for
from deployment.target import Target, read_target

PROJECT: Final = Path(__file__).resolve().parents[1]
SITE: Final = PROJECT / "frontend_static"
# Options added to `sam deploy`, such as a pipeline's --no-confirm-changeset.
DEPLOY_OPTIONS: Final = "SAM_DEPLOY_OPTIONS"
# The client that `caller` is asked about. An id may hold characters that a shell would interpret.
CLIENT: Final = "SUB"


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; a failure prints one line and returns 1."""
    parser = argparse.ArgumentParser(prog="python -m deployment", description=__doc__)
    parser.add_argument("command", choices=("deploy", "delete", "caller"))
    # make passes nothing without ENV.
    parser.add_argument("environment", nargs="?", default="")
    options = parser.parse_args(arguments)
    commands: Mapping[str, Callable[[Target], None]] = {
        "deploy": _deploy,
        "delete": _delete,
        "caller": _caller,
    }
    try:
        commands[options.command](read_target(options.environment, project=PROJECT))
    except DeploymentError as error:
        print(f"make {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"make {options.command}: stopped; run it again to continue.", file=sys.stderr)
        return 130
    return 0


def _deploy(target: Target) -> None:
    session = session_for(target)
    oidc.check_issuer(target.parameters["OidcIssuer"])
    concurrency.check_concurrency(target.parameters, session=session)
    sam = Sam(
        project=PROJECT, target=target, arguments=tuple(shlex.split(os.environ.get(DEPLOY_OPTIONS, "")))
    )
    _say(f"Building for {target.parameters['Architecture']}")
    sam.build()
    _say(f"Deploying {target.stack_name} to {session.region_name}")
    sam.deploy()
    outputs = read_outputs(session, stack_name=target.stack_name)
    _say("Publishing the page")
    uploaded, deleted = site.publish(SITE, outputs=outputs, session=session)
    print(f"{uploaded} files uploaded, {deleted} old ones deleted; waiting for CloudFront's invalidation")
    site.invalidate(outputs.distribution_id, session=session)
    _say("Checking the deployment")
    _check(outputs)
    _say("Deployed and checked")
    print(f"Page       {outputs.page_url}/teleconsultation/{{id}}")
    print(f"API        {outputs.api_url}/teleconsultation")
    print(f"Dashboard  {outputs.dashboard}")
    if not target.parameters["BandyerSecretArn"] and has_never_been_filled(
        session, secret_arn=outputs.secret_arn
    ):
        print(
            "Last step: put your Bandyer API key into the secret, as docs/operations.md shows.\n"
            f"Secret     {outputs.secret_arn}"
        )


def _check(outputs: Outputs) -> None:
    findings = smoke_test(outputs)
    for finding in findings:
        print(f"{'FAILED' if finding.problems else 'ok':8}{finding.check}")
        for problem in finding.problems:
            print(f"{'':8}  {problem}")
    failed = sum(bool(finding.problems) for finding in findings)
    if failed:
        raise DeploymentError(
            f"the stack is deployed, but {failed} of {len(findings)} checks failed: see docs/operations.md."
        )


def _delete(target: Target) -> None:
    session = session_for(target)
    outputs = read_outputs(session, stack_name=target.stack_name)
    if target.is_production:
        _confirm(target.stack_name)
    _say(f"Emptying the page's bucket {outputs.bucket}")
    print(f"{site.empty(outputs.bucket, session=session)} files deleted")
    _say(f"Deleting {target.stack_name}; the distribution takes some minutes")
    Sam(project=PROJECT, target=target).delete()
    _say("Deleted. The table, the secret and the logs are kept, since their data cannot be restored:")
    print(f"Table      {outputs.table_name}")
    print(f"Secret     {outputs.secret_arn}")
    print("Logs       until their retention ends")
    print("docs/operations.md describes how to reuse them and how to delete them for good.")


def _caller(target: Target) -> None:
    client_id = os.environ.get(CLIENT, "")
    if not client_id:
        raise DeploymentError("Name the client, as in its tokens: make caller ENV=dev SUB=...")
    session = session_for(target)
    outputs = read_outputs(session, stack_name=target.stack_name)
    print(caller_hash(client_id, secret_arn=outputs.secret_arn, session=session))


def _confirm(stack_name: str) -> None:
    print(f"This deletes the production stack {stack_name}; all visits become unreachable.")
    try:
        answer = input("Type the stack's name to continue: ")
    except EOFError:
        answer = ""
    if answer.strip() != stack_name:
        raise DeploymentError("The name does not match; nothing was deleted.")


def _say(text: str) -> None:
    # Flushed, so that it comes before the output of SAM CLI.
    print(f"\n── {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
