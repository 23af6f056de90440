"""Deploy, delete or query an environment, or set up its company at Bandyer: see the Makefile."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import boto3

from bandyer import BandyerClient
from deployment import company, concurrency, directory, events, oidc, site, webhooks
from deployment.bundle import build_page
from deployment.caller import caller_hash
from deployment.errors import DeploymentError
from deployment.list_index import index_visits
from deployment.sam import Sam
from deployment.smoke import smoke_test
from deployment.stack import (
    Outputs,
    explained,
    has_never_been_filled,
    read_api_key,
    read_outputs,
    session_for,
)
from deployment.target import Target, read_target

PROJECT: Final = Path(__file__).resolve().parents[1]
SITE: Final = PROJECT / "frontend_static"
# Options added to `sam deploy`, such as a pipeline's --no-confirm-changeset.
DEPLOY_OPTIONS: Final = "SAM_DEPLOY_OPTIONS"
# The client that `caller` is asked about. An id may hold characters that a shell would interpret.
CLIENT: Final = "SUB"
# The endpoint whose events `events` replays.
ENDPOINT: Final = "REPLAY"


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; a failure prints one line and returns 1."""
    options = _parser().parse_args(arguments)
    run: Callable[[Target, argparse.Namespace], None] = options.run
    try:
        run(read_target(options.environment, project=PROJECT), options)
    except DeploymentError as error:
        print(f"make {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"make {options.command}: stopped; run it again to continue.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deployment", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    parsers = {}
    for name, run in {
        "deploy": _deploy,
        "delete": _delete,
        "company": _company,
        "caller": _caller,
        "events": _events,
        "list-index": _list_index,
    }.items():
        parsers[name] = commands.add_parser(name)
        # make passes nothing without ENV.
        parsers[name].add_argument("environment", nargs="?", default="")
        parsers[name].set_defaults(run=run)
    either = parsers["company"].add_mutually_exclusive_group()
    either.add_argument("--check", action="store_true", help="compare, and change nothing")
    either.add_argument("--logo", type=Path, metavar="FILE", help="upload this .png or .jpg as the logo too")
    parsers["company"].add_argument("--replace", action="store_true", help="replace values of other programs")
    return parser


def _deploy(target: Target, _options: argparse.Namespace) -> None:
    session = session_for(target)
    oidc.check_issuer(target.parameters)
    concurrency.check_concurrency(target.parameters, session=session)
    directory.check_directory(target.parameters, session=session)
    sam = Sam(
        project=PROJECT, target=target, arguments=tuple(shlex.split(os.environ.get(DEPLOY_OPTIONS, "")))
    )
    _say(f"Building for {target.parameters['Architecture']}")
    sam.build()
    with TemporaryDirectory() as folder:
        page = Path(folder)
        build_page(SITE, into=page)
        _say(f"Deploying {target.stack_name} to {session.region_name}")
        sam.deploy()
        outputs = read_outputs(session, stack_name=target.stack_name)
        _say("Publishing the page")
        uploaded, deleted = site.publish(
            page, configuration=SITE / site.CONFIGURATION, outputs=outputs, session=session
        )
    print(f"{uploaded} files uploaded, {deleted} old ones deleted; waiting for CloudFront's invalidation")
    site.invalidate(outputs.distribution_id, session=session)
    _say("Checking the deployment")
    _check(outputs)
    _say("Deployed and checked")
    print(f"Page       {outputs.page_url}/teleconsultation/{{id}}")
    print(f"API        {outputs.api_url}/teleconsultation")
    print(f"Dashboard  {outputs.dashboard}")
    # Asked last, since the provider's settings are not the deployment's: they never make it fail.
    if not target.parameters["BandyerSecretArn"] and has_never_been_filled(
        session, secret_arn=outputs.secret_arn
    ):
        print(
            "Last steps: put your Bandyer API key into the secret, as docs/operations.md shows, then run\n"
            f"make company ENV={target.environment}\n"
            f"Secret     {outputs.secret_arn}"
        )
    else:
        _ask_provider(target, outputs=outputs, session=session)


def _ask_provider(target: Target, *, outputs: Outputs, session: boto3.Session) -> None:
    """Print a warning if Bandyer's company does not lead calls back to this page."""
    try:
        client = company.client_for(target, api_key=read_api_key(session, secret_arn=outputs.secret_arn))
        found = [str(difference) for difference in company.differences(_wanted(outputs), client=client)]
        found += _missing_events(outputs, client=client)
    except DeploymentError as error:
        print(f"WARNING    Bandyer could not be asked whether calls lead back to the page: {error}")
        return
    for difference in found:
        print(f"WARNING    Bandyer's company: {difference}")
    if found:
        print(f"           To set it: make company ENV={target.environment}")
    else:
        print("Bandyer    calls lead back to the page, and events of calls to the service")


def _company(target: Target, options: argparse.Namespace) -> None:
    session = session_for(target)
    outputs = read_outputs(session, stack_name=target.stack_name)
    client = company.client_for(target, api_key=read_api_key(session, secret_arn=outputs.secret_arn))
    wanted = _wanted(outputs)
    if options.check:
        found = [str(difference) for difference in company.differences(wanted, client=client)]
        found += _missing_events(outputs, client=client)
        for each in found:
            print(each)
        if found:
            raise DeploymentError(f"{len(found)} settings differ: make company ENV={target.environment}")
    else:
        for difference in company.set_up(wanted, client=client, replace=options.replace):
            print(f"changed  {difference}")
        if options.logo is not None:
            company.upload_logo(options.logo, client=client)
            print(f"changed  logo: uploaded {options.logo.name}")
        events = webhooks.subscribe(
            webhooks.webhook_url(outputs.api_url), client=client, replace=options.replace
        )
        if events:
            print(f"changed  events: {len(events)} of calls and rooms are posted to the service")
    print(f"Bandyer's company is set up for {outputs.page_url}")


def _wanted(outputs: Outputs) -> company.CompanySettings:
    return company.wanted_settings(page_url=outputs.page_url, configuration=SITE / site.CONFIGURATION)


def _missing_events(outputs: Outputs, *, client: BandyerClient) -> list[str]:
    missing = webhooks.missing_events(webhooks.webhook_url(outputs.api_url), client=client)
    return [f"events: {len(missing)} of calls and rooms are not posted to the service"] if missing else []


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


def _delete(target: Target, _options: argparse.Namespace) -> None:
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


def _caller(target: Target, _options: argparse.Namespace) -> None:
    client_id = os.environ.get(CLIENT, "")
    if not client_id:
        raise DeploymentError("Name the client, as in its tokens: make caller ENV=dev SUB=...")
    session = session_for(target)
    outputs = read_outputs(session, stack_name=target.stack_name)
    print(caller_hash(client_id, secret_arn=outputs.secret_arn, session=session))


def _events(target: Target, _options: argparse.Namespace) -> None:
    session = session_for(target)
    outputs = read_outputs(session, stack_name=target.stack_name)
    if not outputs.parked_queue_url:
        raise DeploymentError(f"{target.stack_name} has no events yet: deploy this version first.")
    if endpoint_id := os.environ.get(ENDPOINT, ""):
        replayed = events.replay(events.check_endpoint_id(endpoint_id), outputs=outputs, session=session)
        print(f"{replayed} events of {endpoint_id} are queued again")
    waiting = events.count(outputs, session=session)
    print(f"{waiting.on_their_way} events are on their way to endpoints, {waiting.parked} wait for a replay")


def _list_index(target: Target, _options: argparse.Namespace) -> None:
    session = session_for(target)
    outputs = read_outputs(session, stack_name=target.stack_name)
    with explained():
        indexed = index_visits(outputs.table_name, dynamodb=session.client("dynamodb"))
    print(f"{indexed} visits were added to the list's index")


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
