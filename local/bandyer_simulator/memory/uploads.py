"""Keys and addresses of uploaded files."""

import secrets
from datetime import UTC, datetime, timedelta

UPLOADS_PATH = "/uploads"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_upload_key(user_id: str, *, at: datetime) -> str:
    """Return a key of the form that the vendor's samples have; nobody can guess it."""
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    return f"sandbox/simulator/{user_id}/{milliseconds}-{secrets.token_hex(16)}"
