"""The files of a call: a page uploads one, the others' pages get its address.

An upload of a page is one of the provider's API too, which lists and deletes it.
"""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.bandyer_simulator.calls.messages import RefusedMessageError, send_to_all, sender_of
from local.bandyer_simulator.memory.attendance import Attendee
from local.bandyer_simulator.memory.live_calls import call_of, refreshed
from local.bandyer_simulator.memory.records import Upload, allows
from local.bandyer_simulator.memory.state import State, wire_time
from local.bandyer_simulator.memory.uploads import UPLOADS_PATH, new_upload_key, upload_path

# Choice: the vendor names no limit.
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_FILE_NAME_LENGTH = 200
# A file is somebody else's: no browser shows it as a page of this origin.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


def file_routes(state: State) -> list[BaseRoute]:
    """Return the route that takes a file for a call, and the one that gives it to whoever has its address."""

    async def send(request: Request) -> Response:
        try:
            content = await _content(request)
            with refreshed(state):
                token, attendee_id = request.path_params["token"], request.query_params.get("from")
                sender = sender_of(state, token=token, attendee_id=attendee_id)
                _share(state, sender=sender, name=request.query_params.get("name", ""), content=content)
        except RefusedMessageError as refusal:
            return JSONResponse({"message": str(refusal)}, status_code=refusal.status)
        return Response(status_code=204)

    async def download(request: Request) -> Response:
        with state.lock:
            uploads = {upload_path(key): upload for key, upload in state.uploads.items()}
        upload = uploads.get(request.url.path)
        if upload is None or upload.content is None:
            return Response(status_code=404, headers=_HEADERS)
        disposition = f"attachment; filename*=UTF-8''{quote(upload.name, safe='')}"
        return Response(
            upload.content,
            media_type="application/octet-stream",
            headers={**_HEADERS, "Content-Disposition": disposition},
        )

    return [
        Route("/_call/{token}/files", send, methods=["POST"]),
        Route(f"{UPLOADS_PATH}/{{name}}", download),
    ]


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_FILE_BYTES:
            raise RefusedMessageError(413, f"a file has at most {MAX_FILE_BYTES} bytes")
    return bytes(content)


def _share(state: State, *, sender: Attendee, name: str, content: bytes) -> None:
    """Store a file and tell everyone who may receive files, including the sender."""
    if not allows(sender.tools, "file_upload"):
        raise RefusedMessageError(403, "this participant cannot send files")
    if not name.strip() or len(name) > MAX_FILE_NAME_LENGTH or not name.isprintable():
        raise RefusedMessageError(400, f"name: 1 to {MAX_FILE_NAME_LENGTH} printable characters")
    now = state.clock()
    upload = Upload(
        key=new_upload_key(sender.user_id, at=now),
        upload_type="file_upload",
        user_id=sender.user_id,
        session_id=call_of(state, attendee=sender).session_id or "",
        room_id=sender.room_id,
        created_at=now,
        name=name.strip(),
        content=content,
    )
    state.uploads[upload.key] = upload
    event = {
        "type": "file",
        "from": sender.id,
        "name": sender.name,
        "file": {"name": upload.name, "size": len(content), "url": upload_path(upload.key)},
        "at": wire_time(now),
    }
    send_to_all(state, sender=sender, tool="file_upload", event=event)
