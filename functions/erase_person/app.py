"""Erase a person. The function has no route: the operator invokes it."""

import re
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation import bootstrap
from teleconsultation.domain.texts import MAX_EXTERNAL_ID_LENGTH
from teleconsultation.edge.invocation import InvalidEventError, Json, invocation
from teleconsultation.edge.powertools_log import logger
from teleconsultation.use_cases.erase import erase_person
from teleconsultation.use_cases.lookup import is_teleconsultation_id

# Wider than `domain.texts`: an earlier version stored ids with outer spaces or invisible characters. These
# people can be erased too.
_EXTERNAL_ID = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")


@invocation
def lambda_handler(event: Any, context: LambdaContext) -> Json:  # noqa: ANN401 - the event is not checked yet
    """Read `{"userExternalId", "resumeFrom"?}`, erase the person, and return a report."""
    external_id, resume_from = _read(event)

    def remaining_seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    erasure = erase_person(
        external_id,
        resume_from=resume_from,
        ports=bootstrap.ports(remaining_seconds=remaining_seconds),
        consents=bootstrap.consents(remaining_seconds=remaining_seconds),
        door=bootstrap.settings().door,
        remaining_seconds=remaining_seconds,
        announce=_announce,
    )
    report = {
        "complete": erasure.stopped_by is None,
        "stoppedBy": erasure.stopped_by,
        "resumeFrom": erasure.resume_from if erasure.stopped_by else None,
        "teleconsultations": erasure.teleconsultations,
        "upcoming": erasure.upcoming,
        "providerUsers": erasure.provider_users,
        "profileRemoved": erasure.profile_removed,
    }
    logger.info("erasure ran", report=report)
    return report


def _announce(upcoming: str) -> None:
    # Replaces the list in the report if the process crashes before it reports.
    logger.info("emptying a seat", teleconsultation_id=upcoming)


def _read(event: Any) -> tuple[str, str | None]:  # noqa: ANN401 - the event is not checked yet
    if not isinstance(event, dict) or not event.keys() <= {"userExternalId", "resumeFrom"}:
        raise InvalidEventError('the event must be {"userExternalId": "...", "resumeFrom": "..." or null}')
    external_id, resume_from = event.get("userExternalId"), event.get("resumeFrom")
    # The length first: a pattern must not meet a long text.
    if (
        not isinstance(external_id, str)
        or len(external_id) > MAX_EXTERNAL_ID_LENGTH
        or not _EXTERNAL_ID.fullmatch(external_id)
    ):
        raise InvalidEventError("userExternalId must be a text of 1 to 255 characters without line breaks")
    if resume_from is not None and not (isinstance(resume_from, str) and is_teleconsultation_id(resume_from)):
        raise InvalidEventError("resumeFrom must be the one of the report before, or null to begin anew")
    return external_id, resume_from
