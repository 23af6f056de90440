"""Both routes on Powertools as its tutorials show it: resolver with validation, tracer, logger, metrics, and
a request without a session to the provider.
"""

# mypy: ignore-errors

from datetime import datetime

import requests
import visits
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel

logger = Logger()
metrics = Metrics(namespace="Teleconsultation")
tracer = Tracer()
app = APIGatewayHttpResolver(enable_validation=True, strip_prefixes=["/api"])


class Person(BaseModel):
    userExternalId: str  # noqa: N815 - the wire's name
    groups: list[str]
    fullName: str  # noqa: N815
    language: str | None = None


class Participants(BaseModel):
    number: int
    data: list[Person]


class Visit(BaseModel):
    participants: Participants
    start_date: datetime
    end_date: datetime


@app.get("/teleconsultation/<visit_id>")
@tracer.capture_method
def read(visit_id: str, language: str | None = None) -> dict:
    claims = app.current_event.request_context.authorizer.jwt_claim
    body = visits.read_visit(visit_id, caller=claims["sub"], language=language)
    metrics.add_metric(name="TeleconsultationRead", unit=MetricUnit.Count, value=1)
    logger.info("read", teleconsultation_id=visit_id)
    return body


@app.post("/teleconsultation")
@tracer.capture_method
def create(visit: Visit) -> Response[dict]:
    body = visits.create_visit(
        [person.model_dump() for person in visit.participants.data],
        number=visit.participants.number,
        start=visit.start_date,
        end=visit.end_date,
        page_base_url=app.current_event.stage_variables["pageBaseUrl"],
        http=requests,
    )
    metrics.add_metric(name="TeleconsultationCreated", unit=MetricUnit.Count, value=1)
    logger.info("created", teleconsultation_id=body["roomId"])
    return Response(status_code=201, content_type=content_types.APPLICATION_JSON, body=body)


@app.exception_handler(visits.Refusal)
def refuse(refusal: visits.Refusal) -> Response[dict]:
    return Response(status_code=refusal.status, content_type=content_types.APPLICATION_JSON, body={})


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict, context: object) -> dict:
    return app.resolve(event, context)
