"""A program: draw what `make bench` found; figures as JSON on standard input, the picture to the file named.

It has an environment of its own: `.tools/bench/bin/python plot.py PICTURE`.
"""

# mypy: ignore-errors

import json
import sys

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot

OURS, OTHERS, TARGET = "#0b6e4f", "#9aa5b1", "#b3261e"
SCATTER = 0.12
LEGEND = """Bar: median of all rounds. Dot: one round.
Shorter is better.

Red line: the lowest of our targets, which are
ratios to the others' figures."""


def main(picture: str) -> None:
    """Draw a panel for each figure: a bar to the median of each variant, a dot for each round."""
    panels = json.load(sys.stdin)
    figure, axes = pyplot.subplots(2, 3, figsize=(13, 6.6), layout="constrained", sharey="row")
    for axis, panel in zip(axes.flat, panels, strict=False):
        _draw(axis, panel)
    for axis in axes[:, 0]:
        axis.invert_yaxis()
    legend = axes.flat[-1]
    legend.axis("off")
    legend.text(0, 0.5, LEGEND, va="center", fontsize=10, linespacing=1.6, transform=legend.transAxes)
    figure.suptitle("Built functions under Lambda's runtime interface emulator, upstreams over TLS")
    figure.savefig(picture, dpi=110, metadata={"Software": None})


def _draw(axis, panel) -> None:
    variants = panel["variants"]
    places = range(len(variants))
    for place, variant in zip(places, variants, strict=True):
        color = OURS if variant["is_ours"] else OTHERS
        axis.barh(place, variant["median"], color=color, alpha=0.75, height=0.62)
        spread = [place + SCATTER * (number % 5 - 2) for number in range(len(variant["values"]))]
        axis.plot(variant["values"], spread, ".", color="black", alpha=0.45, markersize=4)
        median = variant["median"]
        axis.annotate(
            f"{median:,.0f}" if median >= 100 else f"{median:.3g}",
            (max(variant["values"]), place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    if panel["limit"] is not None:
        axis.axvline(panel["limit"], color=TARGET, linewidth=1.4)
    axis.set_yticks(list(places), [variant["name"] for variant in variants], fontsize=9)
    axis.set_title(f"{panel['title']}, {panel['unit']}", fontsize=11, loc="left")
    axis.set_xlim(0, axis.get_xlim()[1] * 1.1)
    axis.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main(sys.argv[1])
