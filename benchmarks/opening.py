"""`make bench-opening`: how long waiting pages need to get in when many doors open at once, into
docs/performance.md.

A simulation without a clock: the page's own pauses (frontend_static/polling.js, in Node), the service's own
answers (`read_teleconsultation`), the template's rates, and API Gateway's token bucket as AWS describes it.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

import argparse
import heapq
import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Final

from benchmarks.report import table, when, write_section
from benchmarks.variants import NODE_24
from deployment.template.intrinsics import parse_template
from teleconsultation.domain.door import State
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.use_cases.admission import Caller
from teleconsultation.use_cases.read import read_teleconsultation
from tests.deployment.sam import PROJECT
from tests.fakes import samples
from tests.fakes.teleconsultations import InMemoryTeleconsultations
from tests.fakes.watch import Watch

PAGES: Final = (500, 1000, 3000, 6000)
STRANGERS_PER_SECOND: Final = (100, 500, 1000, 3000)
PAGES_BESIDE_STRANGERS: Final = 200
_PROGRAM: Final = Path(__file__).with_name("opening_page.mjs")
_OPENS: Final = samples.START - timedelta(seconds=samples.DOOR.early_join_seconds)
_LINKS_OPENED_SECONDS: Final = 90
"""The links are opened at even times in this span before the opening; each page polls from then on."""
_ANSWER_SECONDS: Final = 0.1
_HIDDEN_SHARE: Final = 0.25
_WATCHED_SECONDS: Final = 600


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What the pages of one opening met; seconds after the opening, of those that got in."""

    pages: int
    entered_seconds: Sequence[float]
    told: int
    """Pages that said, once or more, that the service does not answer."""
    refusals: int

    def share_in_seconds(self, share: float) -> float | None:
        """Return when this share of all pages was in; None if it never was."""
        needed = round(share * self.pages)
        return sorted(self.entered_seconds)[needed - 1] if len(self.entered_seconds) >= needed else None


@dataclass(kw_only=True)
class TokenBucket:
    """A route's limit: `burst` tokens at most, `rate` new ones a second; each admitted request takes one."""

    rate: float
    burst: float
    _tokens: float = field(init=False)
    _at: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        self._tokens = self.burst

    def admits(self, at: float) -> bool:
        """Take a token; return whether there was one. Times must not go back."""
        if self._at > float("-inf"):
            self._tokens = min(self.burst, self._tokens + (at - self._at) * self.rate)
        self._at = at
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class PageRules:
    """The page's own rules, in a process of Node."""

    def __init__(self, questions: IO[str], answers: IO[str]) -> None:
        self._questions, self._answers = questions, answers
        self.quiet_failures = int(answers.readline())

    def pause_seconds(self, **question: Any) -> float:
        """Return the pause before the page's next request."""
        self._questions.write(json.dumps(question) + "\n")
        self._questions.flush()
        return float(self._answers.readline()) / 1000


@contextmanager
def page_rules() -> Iterator[PageRules]:
    """Start Node with the page's rules, and end it."""
    with subprocess.Popen(
        [NODE_24, _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        yield PageRules(node.stdin, node.stdout)
        node.stdin.close()


@dataclass(kw_only=True)
class _Page:
    visit: Teleconsultation
    person: str
    hidden: bool
    failures: int = 0
    was_told: bool = False


class _Crowd:
    """Pages that wait for one opening, two of each visit; the service answers by its own use case."""

    def __init__(self, pages: int, *, rules: PageRules) -> None:
        self._rules = rules
        self._watch = Watch()
        self._visits = InMemoryTeleconsultations(clock=self._watch)
        # The same in every run.
        self._chance = random.Random(pages)
        self.pages = [page for _ in range(pages // 2) for page in self._two_pages()]

    def _two_pages(self) -> Iterator[_Page]:
        visit = replace(samples.teleconsultation(), id=f"{self._chance.getrandbits(96):024x}")
        self._visits.add(visit)
        for person in visit.participants:
            hidden = self._chance.random() < _HIDDEN_SHARE
            yield _Page(visit=visit, person=person.external_id, hidden=hidden)

    def first_request(self) -> float:
        """Return when somebody opens their link."""
        return -_LINKS_OPENED_SECONDS * self._chance.random()

    def refuse(self, page: _Page) -> float:
        """Answer 429; return the page's pause."""
        page.failures += 1
        page.was_told |= page.failures > self._rules.quiet_failures
        return self._rules.pause_seconds(hidden=page.hidden, failures=page.failures, retryAfterSeconds=0)

    def answer(self, page: _Page, *, at: float) -> float | None:
        """Answer a request; return the page's pause, or None if it is in."""
        page.failures = 0
        self._watch.now = _OPENS + timedelta(seconds=at)
        call = read_teleconsultation(
            page.visit.id,
            caller=Caller(user_id=page.person),
            language=None,
            background=None,
            background_groups=frozenset(),
            join_links=True,
            teleconsultations=self._visits,
            door=samples.DOOR,
            clock=self._watch,
        )
        if call.state is State.OPEN:
            return None
        until_open_ms = -(at + _ANSWER_SECONDS) * 1000
        return self._rules.pause_seconds(
            hidden=page.hidden, seconds=call.retry_after_seconds, untilOpenMs=until_open_ms
        )


def simulate(
    pages: int, *, rules: PageRules, rate: float, burst: float, strangers_per_second: float = 0
) -> Opening:
    """Let pages wait for one opening, beside strangers who use the same route."""
    crowd = _Crowd(pages, rules=rules)
    bucket = TokenBucket(rate=rate, burst=burst)
    due = [(crowd.first_request(), number) for number in range(pages)]
    heapq.heapify(due)
    entered: list[float] = []
    refusals = 0
    strangers = 0
    while due and due[0][0] < _WATCHED_SECONDS:
        at, number = heapq.heappop(due)
        while strangers < (at + _LINKS_OPENED_SECONDS) * strangers_per_second:
            bucket.admits(strangers / strangers_per_second - _LINKS_OPENED_SECONDS)
            strangers += 1
        pause: float | None
        if bucket.admits(at):
            pause = crowd.answer(crowd.pages[number], at=at)
        else:
            refusals += 1
            pause = crowd.refuse(crowd.pages[number])
        if pause is None:
            entered.append(at + _ANSWER_SECONDS)
        else:
            heapq.heappush(due, (at + _ANSWER_SECONDS + pause, number))
    told = sum(page.was_told for page in crowd.pages)
    return Opening(pages=pages, entered_seconds=entered, told=told, refusals=refusals)


def main() -> None:
    """Simulate, and write the section."""
    parameters = parse_template((PROJECT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=parameters["ReadsPerSecond"]["Default"])
    parser.add_argument("--burst", type=float, default=parameters["ReadsAtOnce"]["Default"])
    parser.add_argument("--print-only", action="store_true", help="leave docs/performance.md as it is")
    options = parser.parse_args()
    cases = [(pages, 0) for pages in PAGES]
    cases += [(PAGES_BESIDE_STRANGERS, strangers) for strangers in STRANGERS_PER_SECOND]
    rows = []
    for pages, strangers in cases:
        with page_rules() as rules:
            opening = simulate(
                pages, rules=rules, rate=options.rate, burst=options.burst, strangers_per_second=strangers
            )
        rows.append((f"{pages:,}", f"{strangers:,}", *_cells(opening)))
    head = (
        "pages",
        "strangers a second",
        "half in",
        "95 % in",
        "all in",
        "told",
        "refused requests",
    )
    text = table(head, rows)
    print(text)
    if not options.print_only:
        note = f"{when()}: {options.rate:,.0f} requests a second, {options.burst:,.0f} at one instant."
        write_section("an opening", f"{text}\n\n{note}")


def _cells(opening: Opening) -> tuple[str, ...]:
    moments = (opening.share_in_seconds(share) for share in (0.5, 0.95, 1))
    return (
        *("never" if moment is None else f"{moment:.1f} s" for moment in moments),
        f"{opening.told / opening.pages:.0%}",
        f"{opening.refusals:,}",
    )


if __name__ == "__main__":
    main()
