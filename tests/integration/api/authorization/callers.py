"""The kinds of callers: what each sends as `Authorization`."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from local.issuer import MANAGE_SCOPE, TokenIssuer
from tests.integration.api.client import (
    DOCTOR,
    MANAGER,
    PATIENT,
    ApiClient,
    Json,
    Table,
    dates,
    doctor,
    join_secrets,
    patient,
    person,
    visit,
)

FORMER: Final = "auth0|patient-former"
ELSEWHERE: Final = "auth0|patient-elsewhere"
PARTICIPANT_SCOPE: Final = "teleconsultation/join"
SHOWN: Final = "return=representation"


@dataclass(frozen=True)
class Scene:
    """A visit that is open, with a past: somebody left its list, and the doctor's link was renewed."""

    api: ApiClient
    table: Table
    visit_id: str
    first_secrets: Mapping[str, str]
    """As POST told them."""
    secrets: Mapping[str, str]
    """As PATCH told them afterwards."""

    @property
    def issuer(self) -> TokenIssuer:
        return self.api.stack.issuer


def set_scene(api: ApiClient, table: Table) -> Scene:
    everybody = [doctor(), patient(), person(FORMER, group="patient", name="Carla Former")]
    visit_id, first_secrets = api.invite(visit(people=everybody))
    change: Json = {
        "participants": {"number": 2, "data": [doctor(), patient()]},
        "renewJoinLinks": [DOCTOR],
        "notice": "We are late.",
        **dates(start_in_seconds=0),
    }
    changed = api.patch(visit_id, change, prefer=SHOWN)
    assert changed.status == 200, changed
    return Scene(api, table, visit_id, first_secrets, join_secrets(changed))


type Authorization = Callable[[Scene], str | None]


def token(user: str = MANAGER, *, manage: bool = True, **more: Any) -> Authorization:
    """A token of the issuer; the one nobody refuses, unless `more` spoils it."""
    return lambda scene: f"Bearer {scene.issuer.token(user, manage=manage, **more)}"


def shifted(claim: str, *, seconds: int) -> Authorization:
    """A manager's token with a time that is so many seconds from now."""

    def authorization(scene: Scene) -> str:
        moment = int(scene.issuer.clock().timestamp()) + seconds
        return f"Bearer {scene.issuer.token(MANAGER, manage=True, claims={claim: moment})}"

    return authorization


@cache
def foreign_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def claims(scene: Scene) -> Json:
    """What a manager's token says."""
    said: Json = jwt.decode(scene.issuer.token(MANAGER, manage=True), options={"verify_signature": False})
    return said


def forged(scene: Scene, *, header: Json, sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
    """A manager's token put together by hand: libraries refuse to make the worst ones."""
    parts = ({"typ": "JWT", "kid": scene.issuer.key_id, **header}, claims(scene))
    content = b".".join(_base64url(json.dumps(part).encode()) for part in parts)
    return f"Bearer {(content + b'.' + _base64url(sign(content))).decode()}"


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def keyed_with_the_public_key(scene: Scene) -> str:
    public = scene.issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return forged(
        scene, header={"alg": "HS256"}, sign=lambda content: hmac.digest(public, content, hashlib.sha256)
    )


def signed_with_another_key(scene: Scene, **header: Any) -> str:
    signed = jwt.encode(claims(scene), foreign_key(), algorithm="RS256", headers=header)
    return f"Bearer {signed}"


def with_a_key_in_its_header(scene: Scene) -> str:
    key = RSAAlgorithm.to_jwk(foreign_key().public_key(), as_dict=True) | {"kid": "mine"}
    return signed_with_another_key(scene, kid="mine", jwk=key)


def promoted_after_signing(scene: Scene) -> str:
    header, payload, signature = scene.issuer.token(PATIENT).split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=="))
    more = _base64url(json.dumps(said | {"scope": MANAGE_SCOPE}).encode()).decode()
    return f"Bearer {header}.{more}.{signature}"


def another_visits_secret(scene: Scene) -> str:
    people = [doctor(), person(ELSEWHERE, group="patient", name="Dora Elsewhere")]
    _, secrets = scene.api.invite(visit(people=people, **dates(start_in_seconds=0)))
    return f"Bearer {secrets[ELSEWHERE]}"


def another_visits_participant(scene: Scene) -> str:
    another_visits_secret(scene)
    return f"Bearer {scene.issuer.token(ELSEWHERE)}"


def kept_in_the_table(scene: Scene) -> str:
    people = scene.table.teleconsultation(scene.visit_id)["participants"]["L"]
    return f"Bearer {people[1]['M']['joinPass']['M']['digest']['S']}"


CALLERS: Final[Mapping[str, Authorization]] = {
    "no header": lambda _: None,
    "an empty header": lambda _: "",
    "a header without a token": lambda _: "Bearer",
    "a manager's token as Basic": lambda scene: f"Basic {scene.issuer.token(MANAGER, manage=True)}",
    "a join secret as Basic": lambda scene: f"Basic {scene.secrets[PATIENT]}",
    "no token but some text": lambda _: "Bearer not-a-token",
    "token: expired": token(expires_in_seconds=-1),
    "token: without an expiry": token(claims={"exp": None}),
    "token: not yet valid": shifted("nbf", seconds=60),
    "token: issued in the future": shifted("iat", seconds=60),
    "token: for another audience": token(claims={"aud": "another-api"}),
    "token: by another issuer": token(claims={"iss": "https://issuer.example.com"}),
    "token: alg none": lambda scene: forged(scene, header={"alg": "none"}),
    "token: alg none, in other letters": lambda scene: forged(scene, header={"alg": "nOnE"}),
    "token: HS256, keyed with the public key": keyed_with_the_public_key,
    "token: another key under the right id": lambda scene: signed_with_another_key(
        scene, kid=scene.issuer.key_id
    ),
    "token: a key unknown to the issuer": lambda scene: signed_with_another_key(scene, kid="unknown"),
    "token: a key in its own header": with_a_key_in_its_header,
    "token: scope added after signing": promoted_after_signing,
    "token: nobody's, no scope": token(manage=False, claims={"sub": None}),
    "token: a stranger, no scope": token("auth0|stranger", manage=False),
    "token: participant": token(PATIENT, manage=False),
    "token: participant, with their scope": token(
        PATIENT, manage=False, claims={"scope": f"openid {PARTICIPANT_SCOPE}"}
    ),
    "token: participant, in other letters": token(PATIENT.upper(), manage=False),
    "token: former participant": token(FORMER, manage=False),
    "token: participant of another": another_visits_participant,
    "token: manager": token(),
    "token: manager who takes part": token(PATIENT),
    "token: manager who took part": token(FORMER),
    "token: administrator": token("administrator", manage=False, settings=True),
    "token: administrator who takes part": token(PATIENT, manage=False, settings=True),
    "secret: participant": lambda scene: f"Bearer {scene.secrets[PATIENT]}",
    "secret: renewed": lambda scene: f"Bearer {scene.secrets[DOCTOR]}",
    "secret: before it was renewed": lambda scene: f"Bearer {scene.first_secrets[DOCTOR]}",
    "secret: former participant": lambda scene: f"Bearer {scene.first_secrets[FORMER]}",
    "secret: participant of another": another_visits_secret,
    "secret: what the table keeps of it": kept_in_the_table,
    "secret: a guess": lambda _: f"Bearer {'x' * 32}",
}
