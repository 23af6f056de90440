"""A client for the v1 REST API of Bandyer (today Kaleyra Video); independent of the code that uses it."""

from bandyer.api_key import ApiKey, StaticApiKey
from bandyer.client import BandyerClient, CallType, RecordingType, Role, UploadType
from bandyer.errors import (
    AuthenticationError,
    BandyerError,
    ConnectionFailedError,
    ConnectionLostError,
    DeadlineExceededError,
    MalformedResponseError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    ResponseTimeoutError,
    ServerError,
    UnavailableError,
    UserAlreadyExistsError,
)
from bandyer.http_session import new_session
from bandyer.models import (
    Background,
    Company,
    SdkCredentials,
    Session,
    SessionPage,
    Upload,
    UploadPage,
    User,
)
from bandyer.rooms import Room, RoomInfo, RoomPage, RoomParticipant, RoomSummary, Tools

__all__ = [
    "ApiKey",
    "AuthenticationError",
    "Background",
    "BandyerClient",
    "BandyerError",
    "CallType",
    "Company",
    "ConnectionFailedError",
    "ConnectionLostError",
    "DeadlineExceededError",
    "MalformedResponseError",
    "NotFoundError",
    "RateLimitedError",
    "RecordingType",
    "RejectedError",
    "ResponseTimeoutError",
    "Role",
    "Room",
    "RoomInfo",
    "RoomPage",
    "RoomParticipant",
    "RoomSummary",
    "SdkCredentials",
    "ServerError",
    "Session",
    "SessionPage",
    "StaticApiKey",
    "Tools",
    "UnavailableError",
    "Upload",
    "UploadPage",
    "UploadType",
    "User",
    "UserAlreadyExistsError",
    "new_session",
]
