"""Keys and addresses of uploaded files."""

import secrets
from datetime import UTC, datetime, timedelta

UPLOADS_PATH = "/uploads"
"""Files have the last part of their key below it: the whole key has the user's id."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_upload_key(user_id: str, *, at: datetime) -> str:
    """Return a key of the form that the vendor's samples have; nobody can guess it."""
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    return f"sandbox/simulator/{user_id}/{milliseconds}-{secrets.token_hex(16)}"


def upload_path(key: str) -> str:
    """Return where the file of a key is served."""
    return f"{UPLOADS_PATH}/{key.rpartition('/')[2]}"
