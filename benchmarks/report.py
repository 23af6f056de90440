"""docs/performance.md: figures between marks are written anew; what people wrote around them stays."""

import os
import platform
import re
import statistics
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.campaign import Campaign, Sample
from benchmarks.targets import FIGURES, TARGETS, Ratio, ratio
from benchmarks.variants import NODE_20, NODE_24, PACKAGES, Method, Stack
from tests.deployment.sam import PROJECT, TOOLS

REPORT: Final = PROJECT / "docs/performance.md"
PICTURE: Final = PROJECT / "docs/performance.png"


def write_section(name: str, text: str, *, report: Path = REPORT) -> None:
    """Put a text between the marks of that name."""
    begin, end = f"<!-- {name}: measured, not to be edited -->", f"<!-- end of {name} -->"
    before, _, rest = report.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    assert found, f"{report} has no marks for {name}"
    report.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def comparison(campaign: Campaign, *, calls: Mapping[Method, Counter[str]], requests: int) -> str:
    """Return all that one campaign found, as Markdown."""
    rounds = len(campaign.samples[Stack.OURS, Method.GET])
    low, high = min(campaign.load_averages), max(campaign.load_averages)
    return "\n\n".join(
        (
            "Ours divided by theirs: **median** [quartiles], target.",
            ratio_table(campaign),
            _misses(campaign),
            f"{when()}: {machine()}\n\n{rounds} rounds of one cold start and {requests} warm requests a "
            f"variant. Load average {low:.1f} to {high:.1f}; this measurement alone makes about 1.",
            "### What was measured\n\nMedian [minimum–maximum] of the rounds.",
            _figure_table(campaign),
            _noise(campaign),
            "Calls behind two requests of a new process, the same for every variant: " + _calls(calls) + ".",
        )
    )


def ratio_table(campaign: Campaign) -> str:
    """Return the table of the targets, with what was reached."""
    lines = [_row("ours against", *(figure.title for figure in FIGURES)), _rule(len(FIGURES))]
    for other in TARGETS:
        ratios = (ratio(campaign.samples, figure, other) for figure in FIGURES)
        lines.append(_row(other, *(_ratio_cell(one) for one in ratios)))
    return "\n".join(lines)


def when() -> str:
    """Name the day and the code."""
    commit = subprocess.run(
        ["git", "-C", PROJECT, "log", "-1", "--format=%h"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return f"{datetime.now(UTC):%Y-%m-%d}, on the code of {commit}"


def machine() -> str:
    """Name the machine and the versions."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    nodes = " and ".join(
        subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        for node in (NODE_20, NODE_24)
    )
    installed = {name: _version_in(PACKAGES, name) for name in ("boto3", "fastapi", "mangum", "pydantic")}
    versions = ", ".join(f"{name} {number}" for name, number in installed.items())
    runtime = _version_in(TOOLS / "runtime/lib/python3.13/site-packages", "awslambdaric")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} cores "
        f"({cpu[1] if cpu else platform.machine()}), {memory:.0f} GiB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, awslambdaric {runtime}, Powertools "
        f"{version('aws-lambda-powertools')}, {versions}, Node {nodes}."
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose first column is text and whose others are numbers."""
    return "\n".join((_row(*head), _rule(len(head) - 1), *(_row(*row) for row in rows)))


def _ratio_cell(one: Ratio | None) -> str:
    if one is None:
        return "–"
    low, high = one.quartiles
    cell = f"**{one.median:.2f}** [{low:.2f}–{high:.2f}]"
    return cell if one.target is None else f"{cell} {'✗' if one.is_missed else '✓'} ≤ {one.target:g}"


def _misses(campaign: Campaign) -> str:
    missed = [
        f"- {figure.title} against {other}: {found.median:.3f} instead of {found.target:g}"
        for other in TARGETS
        for figure in FIGURES
        if (found := ratio(campaign.samples, figure, other)) and found.is_missed
    ]
    return "Missed:\n\n" + "\n".join(missed) if missed else "None is missed."


def _figure_table(campaign: Campaign) -> str:
    def cell(samples: Sequence[Sample], value: Callable[[Sample], float], form: str) -> str:
        values = [value(sample) for sample in samples]
        low, high = min(values), max(values)
        return f"{statistics.median(values):{form}} [{low:{form}}–{high:{form}}]"

    rows = [
        (
            f"{stack}, {method}" if "bare" not in stack else stack,
            cell(samples, lambda sample: sample.cold_ms, ".0f"),
            cell(samples, lambda sample: sample.warm_ms, ".2f"),
            cell(samples, lambda sample: sample.warm_p99_ms, ".1f"),
            cell(samples, lambda sample: sample.peak_megabytes, ".0f"),
        )
        for (stack, method), samples in campaign.samples.items()
    ]
    return table(("", "cold ms", "warm p50 ms", "warm p99 ms", "peak MB"), rows)


def _noise(campaign: Campaign) -> str:
    cold, warm = (
        ratio(campaign.samples, figure, Stack.BARE, ours=Stack.BARE_AGAIN) for figure in FIGURES[:2]
    )
    assert cold is not None
    assert warm is not None
    return (
        "Noise: the bare handler against itself, which would be 1 on a quiet machine, cold "
        f"{cold.median:.2f} [{cold.quartiles[0]:.2f}–{cold.quartiles[1]:.2f}], warm "
        f"{warm.median:.2f} [{warm.quartiles[0]:.2f}–{warm.quartiles[1]:.2f}]."
    )


def _calls(calls: Mapping[Method, Counter[str]]) -> str:
    return "; ".join(
        f"{method}: " + ", ".join(f"{number} {name}" for name, number in sorted(counted.items()))
        for method, counted in calls.items()
    )


def _version_in(packages: Path, name: str) -> str:
    [folder] = packages.glob(f"{name}-*.dist-info")
    return folder.name.removesuffix(".dist-info").rpartition("-")[2]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(numbers: int) -> str:
    return "|---|" + "--:|" * numbers
