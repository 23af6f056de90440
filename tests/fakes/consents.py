"""The storage port of consents in memory."""

import threading
from collections.abc import Collection, Mapping
from datetime import datetime

from teleconsultation.domain.consent import Consent
from tests.fakes.effects import Effects


class InMemoryConsents:
    """As `ports.Consents`; the contract suite holds it to what the real one does."""

    def __init__(self, *, effects: Effects | None = None) -> None:
        self.effects = effects or Effects()
        self.expiries: dict[str, datetime] = {}
        self._given: dict[tuple[str, str], dict[str, Consent]] = {}
        self._lock = threading.RLock()

    def give(
        self, teleconsultation_id: str, user_id: str, consent: Consent, *, expires_at: datetime
    ) -> Consent:
        with self.effects.of("give_consent"), self._lock:
            self.expiries[teleconsultation_id] = expires_at
            given = self._given.setdefault((teleconsultation_id, user_id), {})
            return given.setdefault(consent.version, consent)

    def of(self, teleconsultation_id: str) -> Mapping[str, tuple[Consent, ...]]:
        return {
            user_id: tuple(sorted(given.values(), key=lambda one: (one.given_at, one.version)))
            for (visit_id, user_id), given in self._given.items()
            if visit_id == teleconsultation_id
        }

    def givers(self, teleconsultation_ids: Collection[str]) -> Mapping[str, Collection[str]]:
        givers: dict[str, set[str]] = {}
        for visit_id, user_id in self._given:
            if visit_id in teleconsultation_ids:
                givers.setdefault(visit_id, set()).add(user_id)
        return givers

    def forget(self, teleconsultation_id: str, user_ids: Collection[str]) -> None:
        with self._lock:
            given = {(teleconsultation_id, user_id) for user_id in user_ids} & self._given.keys()
            if given:
                with self.effects.of("forget_consents"):
                    for one in given:
                        del self._given[one]
