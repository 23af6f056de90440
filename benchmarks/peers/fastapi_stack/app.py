"""Both routes on FastAPI behind Mangum, with boto3, as its manual has it; or tuned, where IS_TUNED is set.

What blocks, as boto3 does, goes into plain functions, which FastAPI runs in threads
(https://fastapi.tiangolo.com/async/), and the provider is called without a session. Tuned, nothing goes into
threads, since Lambda has one request at a time, and there is one session.
"""

# mypy: ignore-errors

import functools
import os
from datetime import datetime

import requests
import visits
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI(openapi_url=None)
IS_TUNED = bool(os.environ.get("IS_TUNED"))
http = requests.Session() if IS_TUNED else requests


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


def read(visit_id: str, request: Request, language: str | None = None) -> dict:
    claims = request.scope["aws.event"]["requestContext"]["authorizer"]["jwt"]["claims"]
    return visits.read_visit(visit_id, caller=claims["sub"], language=language)


def create(visit: Visit, request: Request) -> dict:
    return visits.create_visit(
        [person.model_dump() for person in visit.participants.data],
        number=visit.participants.number,
        start=visit.start_date,
        end=visit.end_date,
        page_base_url=request.scope["aws.event"]["stageVariables"]["pageBaseUrl"],
        http=http,
    )


def without_threads(function):
    """Make a coroutine function of one that blocks."""

    @functools.wraps(function)
    async def coroutine(*args, **kwargs):
        return function(*args, **kwargs)

    return coroutine


for path, method, status, function in (
    ("/teleconsultation/{visit_id}", "GET", 200, read),
    ("/teleconsultation", "POST", 201, create),
):
    app.add_api_route(
        path, without_threads(function) if IS_TUNED else function, methods=[method], status_code=status
    )


@app.exception_handler(visits.Refusal)
async def refuse(request: Request, refusal: visits.Refusal) -> JSONResponse:
    return JSONResponse({}, status_code=refusal.status)


lambda_handler = Mangum(app, lifespan="off", api_gateway_base_path="/api")
