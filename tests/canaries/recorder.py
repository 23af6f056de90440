"""Reads every text the taps bring, and keeps what it found where it does not belong."""

import os
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from tests.canaries.places import BEGIN_A_WORD, BELONGS, FUZZER, MARKERS, OF_CALLERS, Channel, Kind
from tests.canaries.readings import Readings

FINGERPRINT_LENGTH = 16
"""So many characters of a random secret are enough to know it by, and too many to occur by chance."""
LONGEST_TEXT = 100_000
"""No text of ours is longer; some requests are, and are read up to here."""

_LONG_WORD = re.compile(rf"[\w-]{{{FINGERPRINT_LENGTH},}}")
_JOIN_SECRET = re.compile(r"#j=([\w-]+)")
_LINK_TOKEN = re.compile(r"rest-call-handler/([\w-]+)")
_FOLDED = {kind: tuple(marker.casefold() for marker in markers) for kind, markers in MARKERS.items()}
_BEGINS_A_WORD = {
    marker.casefold(): re.compile(rf"(?:(?<![\w-])|(?<=\\[nrt])){re.escape(marker.casefold())}")
    for marker in BEGIN_A_WORD
}
_CONTEXT_CHARACTERS = 60
_SHOWN_LEAKS = 50


@dataclass(frozen=True, kw_only=True)
class Leak:
    """Something where it does not belong; `excerpt` is what stood around it the first time, with all canaries
    masked.
    """

    kind: Kind
    channel: Channel
    where: str
    excerpt: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.kind} in {self.channel}, by {self.where}: {self.excerpt}"


class Recorder:
    """What one test run has written. Texts are read as they come and not kept."""

    def __init__(self) -> None:
        self.leaks: Counter[Leak] = Counter()
        self.texts: Counter[Channel] = Counter()
        """How many texts were read."""
        self.planted: set[str] = set()
        """The canaries that were seen where they belong, and every secret that was learned."""
        self.seen: set[tuple[Kind, Channel]] = set()
        self._learned: dict[str, Kind] = {}
        self._lock = threading.Lock()

    def learn(self, kind: Kind, secret: str) -> None:
        """Know a random secret from now on; one that is too short to tell apart is passed over."""
        if len(secret) >= FINGERPRINT_LENGTH:
            with self._lock:
                self._learned[secret[:FINGERPRINT_LENGTH]] = kind
                self.planted.add(secret[:FINGERPRINT_LENGTH])

    def read(self, channel: Channel, text: str, *, where: str | None = None) -> None:
        """Look through one text. `where` is who wrote it: the running test, unless said otherwise."""
        text = text[:LONGEST_TEXT]
        where = where or os.environ.get("PYTEST_CURRENT_TEST", "nobody").partition(" (")[0]
        self._learn_from_answer(channel, text)
        found = self._found_in(text)
        with self._lock:
            self.texts[channel] += 1
            for kind, canaries in found.items():
                if channel in BELONGS[kind]:
                    self.seen.add((kind, channel))
                    self.planted.update(canaries)
                elif channel not in OF_CALLERS or FUZZER not in where:
                    leak = Leak(
                        kind=kind, channel=channel, where=where, excerpt=_excerpt(text, masking=found)
                    )
                    self.leaks[leak] += 1

    def verdict(self) -> list[str]:
        """Say what is wrong, one line each."""
        problems = [str(leak) for leak in self.leaks]
        if len(problems) > _SHOWN_LEAKS:
            problems[_SHOWN_LEAKS:] = [f"... and {len(problems) - _SHOWN_LEAKS} more"]
        return problems

    def readings(self) -> Readings:
        """Return what was read where."""
        return Readings(texts=self.texts, seen=frozenset(self.seen))

    def summary(self) -> str:
        """Say in one line what was read."""
        return f"{len(self.planted)} canaries planted; {self.readings()}; {len(self.leaks)} leaks"

    def _learn_from_answer(self, channel: Channel, text: str) -> None:
        # Functions in processes of their own tell nobody of their secrets but whoever asked.
        if channel is Channel.MANAGEMENT_ANSWER:
            for secret in _JOIN_SECRET.findall(text):
                self.learn(Kind.JOIN_SECRET, secret)
        elif channel is Channel.GET_ANSWER:
            for token in _LINK_TOKEN.findall(text):
                self.learn(Kind.ACCESS_LINK, token)

    def _found_in(self, text: str) -> dict[Kind, list[str]]:
        """Return the canaries in a text, as they are written in it without percent-encoding."""
        found: dict[Kind, list[str]] = {}
        folded = unquote_plus(text).casefold() if "%" in text or "+" in text else text.casefold()
        for kind, markers in _FOLDED.items():
            for marker in markers:
                if marker in folded and (
                    marker not in _BEGINS_A_WORD or _BEGINS_A_WORD[marker].search(folded)
                ):
                    found.setdefault(kind, []).append(marker)
                    folded = folded.replace(marker, " ")
        if self._learned:
            for word in _LONG_WORD.findall(text):
                for start in range(len(word) - FINGERPRINT_LENGTH + 1):
                    fingerprint = word[start : start + FINGERPRINT_LENGTH]
                    if kind_of_it := self._learned.get(fingerprint):
                        found.setdefault(kind_of_it, []).append(fingerprint)
        return found


def _excerpt(text: str, *, masking: dict[Kind, list[str]]) -> str:
    """Show what stands around the first canary. The words that hold one are masked whole: more than the part
    it is known by may be secret.
    """
    plain = unquote_plus(text)
    for kind, canaries in masking.items():
        for canary in canaries:
            word = rf"[\w.%=-]*{re.escape(canary)}[\w.%=@-]*"
            plain = re.sub(word, f"<{kind}>", plain, flags=re.IGNORECASE)
    middle = min((plain.find(f"<{kind}>") for kind in masking), default=0)
    return plain[max(middle - _CONTEXT_CHARACTERS, 0) : middle + _CONTEXT_CHARACTERS].replace("\n", " ")
