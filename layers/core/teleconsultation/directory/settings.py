"""Settings of the functions that ask a directory, read from the environment."""

from dataclasses import dataclass
from datetime import timedelta

from teleconsultation.settings import Environment, whole_number


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectorySettings:
    """Which directory is asked; at most one of the three addresses is set."""

    users_api_endpoint: str
    source: str
    target: str
    user_pool_id: str
    user_pool_region: str
    auth0_address: str
    secret_id: str
    profile_max_age: timedelta

    @classmethod
    def from_environment(cls, environment: Environment) -> "DirectorySettings | None":
        """Return the settings in the environment, or None if there is no directory.

        Raises:
            SettingsError: a variable is missing or invalid.
        """
        endpoint = environment.get("USERS_API_ENDPOINT", "")
        user_pool_arn = environment.get("COGNITO_USER_POOL_ARN", "")
        domain = environment.get("AUTH0_DOMAIN", "")
        if not (endpoint or user_pool_arn or domain):
            return None
        return cls(
            users_api_endpoint=endpoint,
            source=environment.get("CUSTOM_USER_ID_SOURCE") or "_id",
            target=environment.get("CUSTOM_USER_ID_TARGET") or "authUserId",
            user_pool_id=user_pool_arn.rpartition("/")[2],
            user_pool_region=user_pool_arn.split(":")[3] if user_pool_arn else "",
            auth0_address=f"https://{domain}" if domain else "",
            secret_id=environment.get("DIRECTORY_SECRET_ARN", ""),
            profile_max_age=timedelta(days=whole_number(environment, "PROFILE_MAX_AGE_DAYS")),
        )
