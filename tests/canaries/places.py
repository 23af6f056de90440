"""What must not get about, how it is recognised, and where it belongs: the one table of the canaries."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Something personal or secret."""

    NAME = "name"
    EXTERNAL_ID = "external id or email"
    INPUT = "text that a caller sent"
    PROVIDER_USER_ID = "provider user id"
    ACCESS_LINK = "access link"
    JOIN_SECRET = "join secret"
    RECORDING = "address of a recording"
    TOKEN = "token"
    API_KEY = "API key"
    USER_ID_KEY = "key of the derived ids"


class Channel(StrEnum):
    """Somewhere a text may end up."""

    # Read by operators, kept for months.
    LOG = "log line"
    METRIC = "metric"
    ACCESS_LOG = "access log line"
    # Printed by whoever catches it.
    EXCEPTION = "exception"
    # Written down by every server and proxy on the way.
    BROWSER_URL = "URL asked by a browser"
    PROVIDER_URL = "URL asked of the provider"
    # Seen by whoever asks.
    ERROR_BODY = "error body"
    ANSWER_HEADERS = "answer's headers"
    GET_ANSWER = "answer of GET"
    MANAGEMENT_ANSWER = "answer to the booking system"
    CALENDAR_FILE = "calendar file"
    FHIR_RESOURCE = "resource of FHIR"
    CREDENTIALS_ANSWER = "answer of POST /credentials"
    # What has to hold such things so that the product can work.
    REQUEST = "request"
    PROVIDER_EVENT = "event of the provider"
    PROVIDER_HEADERS = "provider request's headers"
    PROVIDER_BODY = "provider request's body"
    TABLE = "table request"
    SECRET_STORE = "secret store request"


MARKERS: Final[Mapping[Kind, tuple[str, ...]]] = {
    # The people of the tests; no ordinary text contains any of these.
    Kind.NAME: (
        *("Ada Rossi", "Ada Verdi", "Anna Neri", "Bruno Bianchi", "Bruno Neri"),
        *("Dana Doctor", "Gregory House", "Hans Meier", "Ines Marques"),
        *("Joe Smith", "Lisa Cuddy", "Name of ", "Paolo Patient"),
    ),
    Kind.EXTERNAL_ID: (
        *("doctor-1", "doctor-2", "doctor-3", "patient-1", "patient-2", "patient-3"),
        *("interpreter-1", "person-1", "booking-system", "auth0|", "@canary.example"),
    ),
    Kind.PROVIDER_USER_ID: ("usr_",),
    Kind.ACCESS_LINK: ("provider.test/call/", "rest-call-handler/"),
    Kind.JOIN_SECRET: ("#j=", "mJ3b0bC7rXg2y5Qm_2v9XQ", "sample-join-secret-of-patient"),
    Kind.RECORDING: ("/_recordings/", "recordings.test/"),
    # How the header of a JSON Web Token begins, and how its claims do.
    Kind.TOKEN: ("eyJhbGci", "eyJ0eXAi", "eyJpc3Mi", "eyJzdWIi", "eyJhdWQi"),
    Kind.API_KEY: ("ak_canary", "ak_contract", "ak_live", "ak_local", "ak_test_0123"),
    Kind.USER_ID_KEY: ("local-user-id-key", "uk_canary"),
    # Last, for it is part of some of the others.
    Kind.INPUT: ("canary",),
}
"""Texts that give a kind away, in the order they are looked for. Links and join secrets are random besides:
each is learned when it is made.
"""

BEGIN_A_WORD: Final = frozenset({"usr_"})
"""Markers that are looked for at the beginning of a word alone: they are so short that random tokens and
secrets may have them by chance, somewhere in a whole run.
"""

BELONGS: Final[Mapping[Kind, frozenset[Channel]]] = {
    Kind.NAME: frozenset({Channel.REQUEST, Channel.GET_ANSWER, Channel.FHIR_RESOURCE, Channel.TABLE}),
    Kind.EXTERNAL_ID: frozenset({Channel.REQUEST, Channel.MANAGEMENT_ANSWER, Channel.TABLE}),
    Kind.INPUT: frozenset({Channel.REQUEST, Channel.GET_ANSWER, Channel.MANAGEMENT_ANSWER, Channel.TABLE}),
    # Derived, so nothing can be read from it; and yet it stands for one person.
    Kind.PROVIDER_USER_ID: frozenset(
        {
            Channel.PROVIDER_BODY,
            Channel.PROVIDER_EVENT,
            Channel.PROVIDER_URL,
            Channel.GET_ANSWER,
            Channel.TABLE,
            Channel.CREDENTIALS_ANSWER,
        }
    ),
    # The provider's event of a room that is made has its living links.
    Kind.ACCESS_LINK: frozenset(
        {Channel.GET_ANSWER, Channel.TABLE, Channel.BROWSER_URL, Channel.PROVIDER_EVENT}
    ),
    # A calendar shows its entries to others, so it holds no name: the reader's own link alone.
    Kind.JOIN_SECRET: frozenset({Channel.REQUEST, Channel.MANAGEMENT_ANSWER, Channel.CALENDAR_FILE}),
    # In the answer it is the provider's token for the person's app.
    Kind.TOKEN: frozenset({Channel.REQUEST, Channel.CREDENTIALS_ANSWER}),
    Kind.RECORDING: frozenset({Channel.GET_ANSWER}),
    Kind.API_KEY: frozenset({Channel.PROVIDER_HEADERS}),
    # Read from the secret store, and told to nobody.
    Kind.USER_ID_KEY: frozenset(),
}
"""Where each kind may be found, and in a whole run is; anywhere else it is a leak."""

OF_CALLERS: Final = frozenset(
    {
        *(Channel.REQUEST, Channel.GET_ANSWER, Channel.FHIR_RESOURCE),
        *(Channel.MANAGEMENT_ANSWER, Channel.TABLE),
    }
)
"""Where what callers send goes. A fuzzer takes words out of our own source, the laptop's API key among them,
and sends them: in these channels of its tests that is no leak.
"""
FUZZER: Final = "/hostile/"
"""In the name of each of its tests."""
