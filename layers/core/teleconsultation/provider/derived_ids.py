"""Ids derived with a secret key, so that a repeated creation gets the same id."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection

from teleconsultation.domain.model import Role


class DerivedIds:
    """Derives provider user ids and attempt ids by HMAC-SHA256.

    The key is never rotated: another key would make new users for the same people. An id reveals nothing
    without the key, because the provider counts user ids and descriptions as personal data.
    https://developers.kaleyra.io/reference/video-pii
    """

    def __init__(
        self,
        key: Callable[[], str],
        *,
        table_identity: Callable[[], str],
        table_name: str,
        former_tables: Collection[str] = (),
    ) -> None:
        """Keep the sources of the key and of the table's identity; they are read each time an id is derived.

        `former_tables` are the identities of those from which the table was restored.

        Attempt ids depend on the table too: deployments with the same key share users, but must not treat
        each other's rooms as their own, even if their tables have the same name.
        """
        self._key = key
        self._table_identity = table_identity
        self._table_name = table_name
        self._former_tables = former_tables

    def user_id(self, external_id: str, *, role: Role) -> str:
        """Return the provider user id of a person in a role, in the provider's alphabet (letters, digits,
        `.`, `_`, `-`).
        """
        return f"usr_{self._digest('user', role, external_id)[:40]}"

    def attempt_id(self, teleconsultation_id: str) -> str:
        """Return a new attempt id; it contains the teleconsultation's id and a seal that needs the key."""
        mark = f"{teleconsultation_id}.{secrets.token_hex(4)}"
        return f"{mark}.{self._seal(mark, table=self._table_identity())}"

    def teleconsultation_id(self, attempt_id: str) -> tuple[str, bool] | None:
        """Return the id of an attempt's teleconsultation, and whether its seal is surely this deployment's;
        None if it is the seal of no table of this name and key.

        Earlier versions sealed with the table's name, which tables of other deployments may have too.
        """
        mark, _, seal = attempt_id.rpartition(".")
        for table in (self._table_identity(), *self._former_tables, self._table_name):
            if hmac.compare_digest(seal.encode(), self._seal(mark, table=table).encode()):
                return mark.partition(".")[0], table != self._table_name
        return None

    def _seal(self, mark: str, *, table: str) -> str:
        return self._digest("attempt", table, mark)[:16]

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._key().encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()
