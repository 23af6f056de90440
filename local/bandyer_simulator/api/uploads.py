"""Files uploaded in calls: list, read, delete.

https://docs.bandyer.com/Bandyer-RESTAPI/ (upload)
"""

from collections.abc import Callable

from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import invalid_request, invalid_value, unknown_room, unknown_user
from local.bandyer_simulator.api.paging import newest_first, page
from local.bandyer_simulator.memory.records import Upload
from local.bandyer_simulator.memory.state import wire_time
from local.bandyer_simulator.memory.uploads import upload_path

UPLOAD_TYPES = ("file_upload", "generic", "snapshot")


def list_uploads(call: Call) -> Json:
    """Return the company's uploads."""
    return _page(call, belongs=lambda _: True)


def list_room_uploads(call: Call) -> Json:
    """Return one room's uploads. Choice: nobody finds them any more when the room is deleted."""
    if call.state.existing_room(call.path["room_id"]) is None:
        raise unknown_room()
    return _page(call, belongs=lambda upload: upload.room_id == call.path["room_id"])


def list_session_uploads(call: Call) -> Json:
    """Return one session's uploads. Choice: an unknown session has none."""
    return _page(call, belongs=lambda upload: upload.session_id == call.path["session_id"])


def list_user_uploads(call: Call) -> Json:
    """Return one user's uploads."""
    if call.path["user_id"] not in call.state.users:
        raise unknown_user()
    return _page(call, belongs=lambda upload: upload.user_id == call.path["user_id"])


def get_upload(call: Call) -> Json:
    """Return a file's address and metadata by its key. Choice: the address of a seeded one answers 404."""
    upload = call.state.uploads.get(_key(call.fields.get("upload_key")))
    if upload is None:
        raise invalid_request("upload_key_not_exists", message="Upload key does not exist", status=404)
    return {
        "url": f"{call.state.public_url()}{upload_path(upload.key)}",
        "upload_type": upload.upload_type,
        "user_id": upload.user_id,
        "creation_date": wire_time(upload.created_at),
        "session_id": upload.session_id,
        "room_id": upload.room_id,
    }


def delete_upload(call: Call) -> Json:
    """Delete one file; its key is in the body of the DELETE request."""
    upload = call.state.uploads.pop(_key(call.fields.get("upload_key")), None)
    if upload is None:
        raise invalid_request("upload_not_found", message="Upload not found", status=404)
    return {"upload_key": upload.key, "upload_type": upload.upload_type}


def rendered_upload(upload: Upload) -> Json:
    """Return an upload as JSON, as in lists."""
    return {
        "key": upload.key,
        "upload_type": upload.upload_type,
        "creation_date": wire_time(upload.created_at),
        "user_id": upload.user_id,
        "session_id": upload.session_id,
        "room_id": upload.room_id,
    }


def _page(call: Call, *, belongs: Callable[[Upload], bool]) -> Json:
    wanted = call.fields.get("upload_type")
    # Choice: an unknown type is refused; the vendor documents the values only.
    if wanted is not None and wanted not in UPLOAD_TYPES:
        raise invalid_value("invalid_upload_type", message=f"upload_type: one of {', '.join(UPLOAD_TYPES)}")
    uploads = newest_first(
        upload
        for upload in call.state.uploads.values()
        if belongs(upload) and wanted in (None, upload.upload_type)
    )
    refusal = invalid_value("invalid_paging", message="skip: from 0; limit: 1 to 100")
    return page(uploads, fields=call.fields, name="uploads", render=rendered_upload, refusal=refusal)


def _key(value: object) -> str:
    # Choice: a missing key is an unknown key.
    return value if isinstance(value, str) else ""


ENDPOINTS = (
    Endpoint("GET", "/upload/list", list_uploads),
    Endpoint("GET", "/upload/resource", get_upload),
    Endpoint("DELETE", "/upload/resource", delete_upload),
    Endpoint("GET", "/room/{room_id}/upload/list", list_room_uploads),
    Endpoint("GET", "/session/{session_id}/upload/list", list_session_uploads),
    Endpoint("GET", "/user/{user_id}/upload/list", list_user_uploads),
)
