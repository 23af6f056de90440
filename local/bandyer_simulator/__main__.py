"""Run the simulator alone: `python -m local.bandyer_simulator [--port 8090] [--api-key KEY]`."""

import argparse
import signal
import sys
import threading

from local.asgi_server import PortInUseError
from local.bandyer_simulator.server import running_simulator


def main() -> int:
    """Serve until Ctrl-C or SIGTERM; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.bandyer_simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8090, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--api-key", default="local-api-key", help="the API key that clients must send")
    arguments = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with running_simulator(api_key=arguments.api_key, port=arguments.port) as simulator:
            print(f"Bandyer simulator: {simulator.api_url}  (API key: {simulator.api_key})", flush=True)
            print(f"Content: {simulator.url}/_control/state  Stop: Ctrl-C", flush=True)
            stop.wait()
    except PortInUseError as error:
        print(f"{error} Choose another one with --port; 0 takes a free one.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
