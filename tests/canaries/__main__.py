"""The verdict on a whole run: `python -m tests.canaries FOLDER`, where each lane has left what it read."""

import sys
from pathlib import Path

from tests.canaries.readings import Readings


def main(folder: Path) -> int:
    """Add up the lanes; a channel that none has read, or a kind seen nowhere it belongs, is a failure."""
    total = Readings.total(map(Readings.load, sorted(folder.glob("*.json"))))
    gaps = total.gaps()
    print("\n".join([*gaps, f"canaries of all lanes: {total}"]))
    return 1 if gaps else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
