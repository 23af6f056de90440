"""Both routes on FastAPI behind Mangum, with boto3, and a request without a session to the provider; or with
one, as a careful team has it, where PROVIDER_SESSION is set.
"""

# mypy: ignore-errors

import os
from datetime import datetime

import requests
import visits
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI(openapi_url=None)
http = requests.Session() if os.environ.get("PROVIDER_SESSION") else requests


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


# `async` though boto3 blocks: Lambda has one request at a time, and a thread for each costs more.
@app.get("/teleconsultation/{visit_id}")
async def read(visit_id: str, request: Request, language: str | None = None) -> dict:
    claims = request.scope["aws.event"]["requestContext"]["authorizer"]["jwt"]["claims"]
    return visits.read_visit(visit_id, caller=claims["sub"], language=language)


@app.post("/teleconsultation", status_code=201)
async def create(visit: Visit, request: Request) -> dict:
    return visits.create_visit(
        [person.model_dump() for person in visit.participants.data],
        number=visit.participants.number,
        start=visit.start_date,
        end=visit.end_date,
        page_base_url=request.scope["aws.event"]["stageVariables"]["pageBaseUrl"],
        http=http,
    )


@app.exception_handler(visits.Refusal)
async def refuse(request: Request, refusal: visits.Refusal) -> JSONResponse:
    return JSONResponse({}, status_code=refusal.status)


lambda_handler = Mangum(app, lifespan="off", api_gateway_base_path="/api")
