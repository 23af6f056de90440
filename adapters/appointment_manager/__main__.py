"""Run the adapter: `python -m adapters.appointment_manager`. The README names its variables."""

import logging
import os
import sys
from typing import Final

import uvicorn

from adapters.appointment_manager.adapter import Adapter
from adapters.appointment_manager.app import JsonLines, create_app
from adapters.appointment_manager.client_token import ClientToken
from adapters.appointment_manager.settings import Settings, SettingsError
from adapters.appointment_manager.upstream import Pool

MAX_AT_ONCE: Final = 50
"""Further requests are answered 503 at once."""


def main() -> int:
    """Serve until the container is stopped."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # At lower levels it names addresses.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        # Not a traceback: the operator has to correct a variable, and reads which.
        logging.getLogger(__name__).error("wrong settings", extra={"facts": {"problem": str(error)}})  # noqa: TRY400
        return 1
    pool = Pool(connections=MAX_AT_ONCE)
    adapter = Adapter(base_url=settings.base_url, token=ClientToken(settings, send=pool), send=pool)
    uvicorn.run(
        create_app(adapter),
        host="0.0.0.0",  # noqa: S104 - of its container
        port=settings.port,
        access_log=False,  # it would name paths
        log_config=None,
        server_header=False,
        date_header=False,  # the service's own is passed on
        limit_concurrency=MAX_AT_ONCE,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
