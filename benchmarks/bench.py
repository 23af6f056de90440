"""`make bench`: compare what is built here with what others would have built, and write docs/performance.md.

`.venv/bin/python -m benchmarks.bench [--rounds N] [--requests N]`. No part of CI: milliseconds
flicker; what can be counted instead is counted in tests/infrastructure/test_cold_start.py.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.agreement import check_agreement
from benchmarks.campaign import Campaign, run_campaign
from benchmarks.emulated import emulated
from benchmarks.events import creating, reading
from benchmarks.memory_sizes import measure_memory_sizes, memory_table
from benchmarks.report import PICTURE, comparison, ratio_table, when, write_section
from benchmarks.targets import FIGURES, TARGETS
from benchmarks.upstreams import running_upstreams
from benchmarks.variants import Method, Stack, Trust, all_variants, bundle_node, compile_peers
from tests.deployment.sam import TOOLS, build

UNITS = {"cold_ms": "ms", "warm_ms": "ms", "peak_megabytes": "MB"}


def main() -> None:
    """Build, check, measure, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11, help="how often each variant starts")
    parser.add_argument("--requests", type=int, default=200, help="warm requests a start")
    parser.add_argument("--built", type=Path, help="what `sam build` has made already, for this processor")
    parser.add_argument("--print-only", action="store_true", help="leave docs/ alone")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        campaign, section, sizes = _measure(options, folder)
    print(ratio_table(campaign))
    print(sizes)
    if not options.print_only:
        write_section("comparison", section)
        write_section("memory sizes", f"{sizes}\n\n{when()}.")
        _draw(campaign)
        print(f"written: docs/performance.md, {PICTURE.name}")


def _measure(options: argparse.Namespace, folder: Path) -> tuple[Campaign, str, str]:
    build_folder = options.built or build(folder / "build").parent
    compile_peers()
    bundle_node(folder / "node")
    with running_upstreams(folder) as upstreams:
        variants = all_variants(
            build=build_folder,
            bundles=folder / "node",
            aws_url=upstreams.aws_url,
            provider_url=upstreams.provider_url,
            trust=Trust(roots=upstreams.roots, bundle=upstreams.bundle, authority=upstreams.authority),
        )
        # The visit that is read, and the two people who are known from then on.
        with emulated(variants[Stack.OURS, Method.POST], log=folder / "first.log") as function:
            visit = json.loads(function.answer(creating())["body"])
        events = {Method.GET: reading(visit["roomId"]), Method.POST: creating()}
        calls = check_agreement(variants, events, upstreams=upstreams, folder=folder)
        campaign = run_campaign(
            variants,
            events,
            rounds=options.rounds,
            requests=options.requests,
            upstreams=upstreams,
            folder=folder,
            say=lambda text: print(text, file=sys.stderr),
        )
        sizes = measure_memory_sizes(build_folder, folder, upstreams=upstreams, rounds=options.rounds)
    section = comparison(campaign, calls=calls, requests=options.requests)
    return campaign, section, memory_table(sizes)


def _draw(campaign: Campaign) -> None:
    panels: list[dict[str, Any]] = []
    for number, figure in enumerate(FIGURES):
        medians = {
            stack: statistics.median(getattr(sample, figure.attribute) for sample in samples)
            for (stack, method), samples in campaign.samples.items()
            if method is figure.method or stack is Stack.BARE
        }
        limits = [
            medians[other] * target
            for other, targets in TARGETS.items()
            if other in medians and (target := targets[number]) is not None
        ]
        variants = [
            {
                "name": stack,
                "is_ours": stack is Stack.OURS,
                "median": median,
                "values": [
                    getattr(sample, figure.attribute)
                    for sample in campaign.samples.get((stack, figure.method))
                    or campaign.samples[stack, Method.GET]
                ],
            }
            for stack, median in medians.items()
        ]
        unit = UNITS[figure.attribute]
        limit = min(limits, default=None)
        panels.append({"title": figure.title, "unit": unit, "limit": limit, "variants": variants})
    subprocess.run(
        [TOOLS / "bench/bin/python", Path(__file__).with_name("plot.py"), PICTURE],
        input=json.dumps(panels),
        # What it keeps of fonts, it keeps for itself.
        env={"PATH": os.environ["PATH"], "MPLCONFIGDIR": str(TOOLS / "bench/matplotlib")},
        text=True,
        check=True,
    )


if __name__ == "__main__":
    main()
