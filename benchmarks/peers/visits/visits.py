"""The service as tutorials build it, behind either framework: boto3's resources, and requests.

It reads and writes the same items and calls the same services as ours does for these requests; what ours does
beyond them (people it has not met, errors, retries, leases, logs without personal data) is left out.
"""

# mypy: ignore-errors
# What it imports is in an environment of its own: `make .tools/peers/.installed`.

import base64
import hashlib
import hmac
import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import boto3

TABLE_NAME = os.environ["TABLE_NAME"]
dynamodb = boto3.resource("dynamodb")
table = dynamodb.Table(TABLE_NAME)


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """The request is answered with this status."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


@cache
def secret():
    """Read the provider's secret, once."""
    answer = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["BANDYER_SECRET_ARN"])
    return json.loads(answer["SecretString"])


def read_visit(visit_id, *, caller, language=None):
    """Return what a participant needs to enter the call."""
    item = table.get_item(Key={"pk": f"TELECONSULTATION#{visit_id}"}, ConsistentRead=True).get("Item")
    if item is None:
        raise Refusal(404)
    me = next((person for person in item["participants"] if person["externalId"] == caller), None)
    if me is None:
        raise Refusal(403)
    now = datetime.now(UTC)
    start, end = datetime.fromisoformat(item["startDate"]), datetime.fromisoformat(item["endDate"])
    opens_at = start - timedelta(seconds=int(os.environ["EARLY_JOIN_SECONDS"]))
    closes_at = end + timedelta(seconds=int(os.environ["LATE_JOIN_SECONDS"]))
    state = "ENDED" if now >= closes_at else "SCHEDULED" if now < opens_at else "OPEN"
    language = language or me.get("language")
    return {
        "roomId": item["id"],
        "state": state,
        "serverTime": text(now),
        "startDate": item["startDate"],
        "endDate": item["endDate"],
        "opensAt": text(opens_at),
        "closesAt": text(closes_at),
        "retryAfterSeconds": None if state == "ENDED" else 60,
        "bandyerUserId": me["bandyerUserId"],
        "accessLinkURL": personal(item["room"]["links"][me["bandyerUserId"]], me=me, language=language)
        if state == "OPEN"
        else None,
        "participantsBandyerCall": [
            {name: person[name] for name in ("bandyerUserId", "fullName", "role")} | {"waitingSince": None}
            for person in item["participants"]
        ],
        "language": language,
        "recording": item.get("room", {}).get("callSettings", {}).get("recording"),
        "notice": item.get("notice"),
    }


def create_visit(people, *, number, start, end, page_base_url, http):
    """Make a room for people who are known, and return everybody's link; `http` has requests' functions."""
    keys = [{"pk": f"USER#{person['userExternalId']}"} for person in people]
    found = dynamodb.batch_get_item(RequestItems={TABLE_NAME: {"Keys": keys, "ConsistentRead": True}})
    known = {user["externalId"] for user in found["Responses"][TABLE_NAME]}
    if known != {person["userExternalId"] for person in people}:
        raise Refusal(501)

    visit_id = secrets.token_hex(12)
    privileges = json.loads(os.environ["PRIVILEGES"])
    participants, links = [], []
    for person in people:
        role = "plus" if set(person["groups"]) & set(privileges["plus"]["groups"]) else "basic"
        nonce = secrets.token_hex(8)
        join_secret = base64.urlsafe_b64encode(mac("join", visit_id, person["userExternalId"], nonce)[:24])
        participants.append(
            {
                "externalId": person["userExternalId"],
                "bandyerUserId": f"usr_{mac('user', role, person['userExternalId']).hex()[:40]}",
                "role": role,
                "groups": person["groups"],
                "fullName": person["fullName"],
                "joinPass": {"nonce": nonce, "digest": hashlib.sha256(join_secret).hexdigest()},
                **({"language": person["language"]} if person.get("language") else {}),
            }
        )
        links.append((person["userExternalId"], join_secret.decode()))
    claim = f"{visit_id}.{secrets.token_hex(4)}"
    attempt_id = f"{claim}.{mac('attempt', claim).hex()[:16]}"
    now = datetime.now(UTC)
    item = {
        "pk": f"TELECONSULTATION#{visit_id}",
        "id": visit_id,
        "version": 1,
        "startDate": text(start),
        "endDate": text(end),
        "endGivenAs": "end_date",
        "participantsNumber": number,
        "participants": participants,
        "createdAt": text(now),
        "updatedAt": text(now),
        "writeId": secrets.token_hex(8),
        "expiresAt": int((end + timedelta(days=int(os.environ["RETENTION_DAYS"]))).timestamp()),
    }
    table.put_item(
        Item=item | {"provisioning": {"attemptId": attempt_id, "startedAt": text(now)}},
        ConditionExpression="attribute_not_exists(pk)",
    )
    seconds = int((end - start).total_seconds())
    response = http.post(
        f"{os.environ['BANDYER_BASE_URL']}{os.environ['BANDYER_PATH_PREFIX']}/room/create",
        headers={"apikey": secret()["apiKey"]},
        json={
            "participants": [
                {
                    "user_id": person["bandyerUserId"],
                    "is_admin": person["role"] == "plus",
                    "tools": privileges[person["role"]].get("tools", {}),
                }
                for person in participants
            ],
            "recording": False,
            "directCall": True,
            "live": False,
            "duration": seconds,
            "description": attempt_id,
        },
        timeout=8,
    )
    response.raise_for_status()
    room = response.json()["room"]
    user_links = {entry["user"]: entry["url"] for entry in room["user_urls"]}
    room_item = {"roomId": room["room_id"], "durationSeconds": seconds, "links": user_links}
    table.put_item(
        Item=item | {"version": 2, "room": room_item},
        ConditionExpression="version = :expected",
        ExpressionAttributeValues={":expected": 1},
    )
    page_url = f"{page_base_url}/teleconsultation/{visit_id}"
    return {
        "roomId": visit_id,
        "teleconsultationUrl": page_url,
        "reference": None,
        "metadata": {},
        "participants": [
            {"userExternalId": person, "joinUrl": f"{page_url}#j={join_secret}"}
            for person, join_secret in links
        ],
    }


def personal(link, *, me, language):
    """Add the name to show and the language to speak."""
    parts = urlsplit(link)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("display_name", me["fullName"])]
    if language:
        query.append(("language", language))
    return parts._replace(query=urlencode(query, quote_via=quote)).geturl()


def mac(*parts):
    """Return the HMAC that ids and links are derived from."""
    return hmac.digest(secret()["userIdKey"].encode(), "\0".join(parts).encode(), hashlib.sha256)


def text(instant):
    """Write an instant as the API does."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
