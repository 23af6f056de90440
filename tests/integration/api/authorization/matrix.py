"""Who may do what: every route's answer to every kind of caller.

A cell is a status. With a code behind it the answer is a problem of ours; a bare 401 or 403 is API Gateway's
own, given before any of our code runs. `in` is a way into the call, `seen` is everything but that, and `-`
stands where a route is about no teleconsultation.
"""

import re
from collections.abc import Mapping
from typing import Final

# In the order in which a row's requests are sent: what ends the visit comes last.
COLUMNS: Final = {
    "GET": "GET /teleconsultation/{id}",
    "join": "GET /teleconsultation/{id}/join",
    "calendar": "GET /teleconsultation/{id}/invitation.ics",
    "join calendar": "GET /teleconsultation/{id}/join/invitation.ics",
    "list": "GET /teleconsultation",
    "consent": "POST /teleconsultation/{id}/consent",
    "join consent": "POST /teleconsultation/{id}/join/consent",
    "presence": "POST /teleconsultation/{id}/presence",
    "join presence": "POST /teleconsultation/{id}/join/presence",
    "room": "POST /teleconsultation/{id}/room",
    "join room": "POST /teleconsultation/{id}/join/room",
    "attendance": "GET /teleconsultation/{id}/attendance",
    "history": "GET /teleconsultation/{id}/history",
    "webhook": "POST /webhooks/bandyer",
    "POST": "POST /teleconsultation",
    "PATCH": "PATCH /teleconsultation/{id}",
    "uploads": "DELETE /teleconsultation/{id}/uploads",
    "add": "POST /teleconsultation/{id}/participants/data",
    "remove": "DELETE /teleconsultation/{id}/participants/{userExternalId+}",
    "introduce": "PUT /users/{userExternalId+}",
    "erase": "DELETE /users/{userExternalId+}",
    "erasure": "GET /erasures/{erasureId}",
    "credentials": "POST /credentials",
    "details": "GET /teleconsultation/{id}/details",
    "sessions": "GET /teleconsultation/{id}/sessions",
    "recording": "GET /teleconsultation/{id}/recordings/{sessionId}",
    "transcription": "GET /transcription/{id}/{sessionId}",
    "settings": "GET /settings",
    "change of settings": "PATCH /settings/update",
    "background": "POST /settings/background-image",
    "DELETE": "DELETE /teleconsultation/{id}",
}

_OPEN: Final = """
caller                                   POST  GET                    PATCH  DELETE  join

no header                                401   401                    401    401     401 missing_credentials
an empty header                          401   401                    401    401     401 missing_credentials
a header without a token                 401   401                    401    401     401 missing_credentials
a manager's token as Basic               401   401                    401    401     401 missing_credentials
a join secret as Basic                   401   401                    401    401     401 missing_credentials
no token but some text                   401   401                    401    401     403 not_a_participant

token: expired                           401   401                    401    401     403 not_a_participant
token: without an expiry                 401   401                    401    401     403 not_a_participant
token: not yet valid                     401   401                    401    401     403 not_a_participant
token: issued in the future              401   401                    401    401     403 not_a_participant
token: for another audience              401   401                    401    401     403 not_a_participant
token: by another issuer                 401   401                    401    401     403 not_a_participant
token: alg none                          401   401                    401    401     403 not_a_participant
token: alg none, in other letters        401   401                    401    401     403 not_a_participant
token: HS256, keyed with the public key  401   401                    401    401     403 not_a_participant
token: another key under the right id    401   401                    401    401     403 not_a_participant
token: a key unknown to the issuer       401   401                    401    401     403 not_a_participant
token: a key in its own header           401   401                    401    401     403 not_a_participant
token: scope added after signing         401   401                    401    401     403 not_a_participant

token: nobody's, no scope                403   403 not_a_participant  403    403     403 not_a_participant
token: a stranger, no scope              403   403 not_a_participant  403    403     403 not_a_participant
token: participant                       403   200 in                 403    403     403 not_a_participant
token: participant, with their scope     403   200 in                 403    403     403 not_a_participant
token: participant, in other letters     403   403 not_a_participant  403    403     403 not_a_participant
token: former participant                403   403 not_a_participant  403    403     403 not_a_participant
token: participant of another            403   403 not_a_participant  403    403     403 not_a_participant
token: manager                           201   200 seen               204    204     403 not_a_participant
token: manager who takes part            201   200 in                 204    204     403 not_a_participant
token: manager who took part             201   200 seen               204    204     403 not_a_participant
token: administrator                     403   403 not_a_participant  403    403     403 not_a_participant
token: administrator who takes part      403   200 in                 403    403     403 not_a_participant

secret: participant                      401   401                    401    401     200 in
secret: renewed                          401   401                    401    401     200 in
secret: before it was renewed            401   401                    401    401     403 not_a_participant
secret: former participant               401   401                    401    401     403 not_a_participant
secret: participant of another           401   401                    401    401     403 not_a_participant
secret: what the table keeps of it       401   401                    401    401     403 not_a_participant
secret: a guess                          401   401                    401    401     403 not_a_participant
"""

_DELETED: Final = """
caller                          POST  GET                    PATCH        DELETE  join

no header                       -     401                    401          401     401 missing_credentials
token: expired                  -     401                    401          401     403 not_a_participant
token: a stranger, no scope     -     403 not_a_participant  403          403     403 not_a_participant
token: participant              -     410 deleted            403          403     403 not_a_participant
token: former participant       -     403 not_a_participant  403          403     403 not_a_participant
token: participant of another   -     403 not_a_participant  403          403     403 not_a_participant
token: manager                  -     410 deleted            410 deleted  204     403 not_a_participant

secret: participant             -     401                    401          401     410 deleted
secret: renewed                 -     401                    401          401     410 deleted
secret: before it was renewed   -     401                    401          401     403 not_a_participant
secret: former participant      -     401                    401          401     403 not_a_participant
secret: participant of another  -     401                    401          401     403 not_a_participant
secret: a guess                 -     401                    401          401     403 not_a_participant
"""

_UNKNOWN: Final = """
caller                       POST  GET            PATCH          DELETE         join

no header                    -     401            401            401            401 missing_credentials
token: expired               -     401            401            401            403 not_a_participant
token: a stranger, no scope  -     404 not_found  403            403            403 not_a_participant
token: participant           -     404 not_found  403            403            403 not_a_participant
token: former participant    -     404 not_found  403            403            403 not_a_participant
token: manager               -     404 not_found  404 not_found  404 not_found  403 not_a_participant

secret: participant          -     401            401            401            403 not_a_participant
secret: a guess              -     401            401            401            403 not_a_participant
"""

# Where a deployment with ParticipantScope differs.
_SCOPED: Final = """
caller                                   POST  GET                     PATCH  DELETE  join

token: nobody's, no scope                403   403 insufficient_scope  403    403     403 not_a_participant
token: a stranger, no scope              403   403 insufficient_scope  403    403     403 not_a_participant
token: participant                       403   403 insufficient_scope  403    403     403 not_a_participant
token: participant, with their scope     403   200 in                  403    403     403 not_a_participant
token: participant, in other letters     403   403 insufficient_scope  403    403     403 not_a_participant
token: former participant                403   403 insufficient_scope  403    403     403 not_a_participant
token: participant of another            403   403 insufficient_scope  403    403     403 not_a_participant
token: administrator                     403   403 insufficient_scope  403    403     403 not_a_participant
token: administrator who takes part      403   403 insufficient_scope  403    403     403 not_a_participant
"""

type Row = Mapping[str, str]

# Whom some visit has named: the provider's credentials are about a person, not about a visit.
_CREDENTIALS: Final = dict.fromkeys(
    (
        "token: participant",
        "token: participant, with their scope",
        "token: former participant",
        "token: participant of another",
        "token: manager who takes part",
        "token: manager who took part",
        "token: administrator who takes part",
    ),
    "201",
)
_ADMINISTRATORS: Final = {"token: administrator", "token: administrator who takes part"}
"""Who has the scope of the company's settings, which managers do not have."""

_ADMITS_WHO_READS: Final = {"room": "GET", "join room": "join", "presence": "GET", "join presence": "join"}
"""Whom the second column admits, the first admits too, and answers 204; a manager does not wait."""
_LIKE_OTHERS: Final = {
    "add": ("PATCH", "204", "201"),
    "attendance": ("PATCH", "204", "200"),
    # The sample visit is open.
    "remove": ("PATCH", "204", "409 frozen"),
    "introduce": ("POST", "201", "200"),
    "erase": ("POST", "201", "202"),
    # Its id is nobody's.
    "erasure": ("POST", "201", "404 erasure_not_found"),
}
"""Column -> another one, whose answers it gives, with one answer in place of another."""
_MANAGES: Final = {"list": "POST"}
"""Whom the second column admits, the first answers with a list."""
_TELLS_WHO_READS: Final = {"calendar": "GET", "join calendar": "join"}
"""Whom the second column admits or tells of a deletion, gets a file from the first."""


_SIGNED: Final = {"webhook": "401 invalid_signature"}
"""No token and no join secret is the provider's signature."""


def _rows(table: str) -> Mapping[str, Row]:
    header, *rows = (re.split(r"\s{2,}", line) for line in table.strip().splitlines() if line)
    assert all(len(row) == len(header) for row in rows), "a cell is missing"
    return {caller: _row(caller, dict(zip(header[1:], cells, strict=True))) for caller, *cells in rows}


def _of_managers_and_plus_participants(cells: Mapping[str, str]) -> str:
    """Whoever reads and does not manage is a basic participant here."""
    if cells["GET"] == "200 in" and cells["PATCH"] != "204":
        return "403 not_a_plus_user"
    return re.sub(r"^200 .*", "200", cells["GET"])


def _row(caller: str, cells: Mapping[str, str]) -> Row:
    more = (
        {column: re.sub(r"^200 .*", "204", cells[reading]) for column, reading in _ADMITS_WHO_READS.items()}
        | {
            column: re.sub(r"^(200|410) .*", "200 calendar", cells[reading])
            for column, reading in _TELLS_WHO_READS.items()
        }
        | {column: re.sub(r"^201", "200 list", cells[managing]) for column, managing in _MANAGES.items()}
    )
    organisers = _of_managers_and_plus_participants(cells)
    more |= {
        "consent": re.sub(r"^200 in", "200", cells["GET"].replace("200 seen", "403 not_a_participant")),
        "join consent": re.sub(r"^200 .*", "200", cells["join"]),
    }
    more["presence"] = "403 not_a_participant" if cells["GET"] == "200 seen" else more["presence"]
    more |= {"uploads": organisers, "sessions": organisers}
    more["recording"] = re.sub(r"^200$", "404 session_not_found", organisers)
    more["transcription"] = re.sub(r"^200$", "501 not_supported_by_provider_api", organisers)
    # Who deleted a visit is asked after its deletion.
    more["history"] = re.sub(r"^(204|410) ?.*", "200", cells["PATCH"])
    more["details"] = re.sub(r"^200 .*", "200", cells["GET"])
    more["credentials"] = _CREDENTIALS.get(caller, "400 unknown_person") if cells["POST"] != "401" else "401"
    if cells["POST"] == "-":
        more["credentials"] = "-"
    if "insufficient_scope" in cells["GET"]:
        more["credentials"] = cells["GET"]
    refused = {"-": "-", "401": "401"}.get(cells["POST"], "403")
    more |= dict.fromkeys(
        ("settings", "change of settings", "background"), "200" if caller in _ADMINISTRATORS else refused
    )
    more |= {
        column: cells[other].replace(theirs, ours) for column, (other, theirs, ours) in _LIKE_OTHERS.items()
    }
    return {path: {**cells, **more, **_SIGNED}[column] for column, path in COLUMNS.items()}


SCOPED: Final[Mapping[str, Row]] = {**_rows(_OPEN), **_rows(_SCOPED)}
"""The open visit of a deployment with ParticipantScope: caller -> route -> answer."""
MATRIX: Final[Mapping[str, Mapping[str, Row]]] = {
    "an open visit": _rows(_OPEN),
    "a deleted visit": _rows(_DELETED),
    "an unknown id": _rows(_UNKNOWN),
}
"""What the request is about -> caller -> route -> answer."""
