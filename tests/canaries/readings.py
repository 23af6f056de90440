"""What was read where in a run, which may be a sum over lanes: nothing may have been passed over."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.canaries.places import BELONGS, Channel, Kind


@dataclass(frozen=True, kw_only=True)
class Readings:
    """How many texts were read of each channel, and which kind was seen where it belongs. No text is kept."""

    texts: Counter[Channel] = field(default_factory=Counter)
    seen: frozenset[tuple[Kind, Channel]] = frozenset()

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """Add up what the lanes of a run have read."""
        parts = tuple(parts)
        return cls(
            texts=sum((part.texts for part in parts), Counter()),
            seen=frozenset().union(*(part.seen for part in parts)),
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` has written."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            texts=Counter({Channel(name): count for name, count in content["texts"].items()}),
            seen=frozenset((Kind(kind), Channel(channel)) for kind, channel in content["seen"]),
        )

    def save(self, path: Path) -> None:
        """Write it down for the sum."""
        content = {"texts": self.texts, "seen": sorted(self.seen)}
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")

    def gaps(self) -> list[str]:
        """Say what a whole run has not come by, one line each."""
        dry = [channel for channel in Channel if not self.texts[channel]]
        return [f"no {channel} was read: its tap is dry" for channel in dry] + [
            f"no {kind} was seen in any {channel}, where the table of places says that it belongs"
            for kind, channels in BELONGS.items()
            for channel in sorted(channels)
            if (kind, channel) not in self.seen
        ]

    def __str__(self) -> str:
        read = ", ".join(f"{self.texts[channel]} x {channel}" for channel in Channel if self.texts[channel])
        return f"read: {read or 'nothing'}"
