"""`GET /transcription/{id}/{sessionId}`: say that the provider's API has no transcriptions."""

from typing import Never

from teleconsultation import bootstrap
from teleconsultation.domain.errors import FieldError, InvalidRequestError
from teleconsultation.edge.http import Request, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.use_cases.read_calls import read_transcription

FORMATS = ("txt", "srt")

bootstrap.prepare_storage()


@endpoint(outcome="TranscriptionRead", log=log)
def lambda_handler(request: Request) -> Never:
    """Answer 501 to whoever may ask."""
    settings = bootstrap.settings()
    if request.query.get("format", FORMATS[0]) not in FORMATS:
        raise InvalidRequestError([FieldError("format", f"must be {' or '.join(FORMATS)}")])
    read_transcription(
        request.teleconsultation_id,
        caller=request.caller(
            user_id_claim=settings.user_id_claim, participant_scope=settings.participant_scope
        ),
        join_links=settings.join_links,
        teleconsultations=bootstrap.teleconsultations(remaining_seconds=request.remaining_seconds),
    )
