"""What people read: every link between the documents leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from deployment.template.intrinsics import parse_template

PROJECT: Final = Path(__file__).resolve().parents[2]
# Levels A and AA of WCAG 2.2. https://www.w3.org/TR/WCAG22/
CRITERIA: Final = """
    1.1.1 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.3.3 1.3.4 1.3.5
    1.4.1 1.4.2 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13
    2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 2.4.3 2.4.4 2.4.5 2.4.6 2.4.7 2.4.11
    2.5.1 2.5.2 2.5.3 2.5.4 2.5.7 2.5.8
    3.1.1 3.1.2 3.2.1 3.2.2 3.2.3 3.2.4 3.2.6 3.3.1 3.3.2 3.3.3 3.3.4 3.3.7 3.3.8 4.1.2 4.1.3
"""
DOCUMENTS: Final = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")])


def _links(document: Path) -> Iterator[tuple[Path, str]]:
    """Give file and anchor of every link that stays in the project."""
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            name, _, anchor = target.partition("#")
            yield (document.parent / name if name else document), anchor


def _anchors(document: Path) -> set[str]:
    """Give the anchors of the headings, made as the repository's hosts make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    broken = [
        f"{file.name}#{anchor}"
        for file, anchor in _links(document)
        if not file.is_file() or (anchor and anchor not in _anchors(file))
    ]

    assert broken == []


def test_the_readme_links_every_document() -> None:
    linked = {file for file, _ in _links(PROJECT / "README.md")}

    assert {PROJECT / "docs" / path.name for path in PROJECT.glob("docs/*.md")} <= linked


def test_the_pages_document_has_every_parameter_of_the_page() -> None:
    template = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    groups = re.findall(
        r"Label: \{default: (?:The page|The clinic on the page)\}\s+Parameters:(.*?)(?=- Label)",
        template,
        re.DOTALL,
    )
    parameters = {name for group in groups for name in re.findall(r"\w+", group)}

    described = re.findall(r"^\| `(\w+)` \|", (PROJECT / "docs/page.md").read_text("utf-8"), re.MULTILINE)

    assert len(groups) == 2
    assert parameters <= set(described)
    assert len(described) == len(set(described))


@pytest.mark.parametrize(
    ("condition", "line"),
    [
        (None, r"\| Alarms ([\d.]+), dashboard [^|]+\| (\d+) . 0\.10 \+"),
        ("PublishesEvents", r"\| Alarms ([\d.]+), metrics [\d.]+ \|()"),
        ("HasEndpoints", r"\| Alarms ([\d.]+), metrics [\d.]+, a secret ()"),
    ],
)
def test_the_cost_of_the_alarms_is_that_of_the_template(condition: str | None, line: str) -> None:
    template = parse_template((PROJECT / "template.yaml").read_text(encoding="utf-8"))
    alarms = [
        one
        for one in template["Resources"].values()
        if one["Type"] == "AWS::CloudWatch::Alarm" and one.get("Condition") == condition
    ]

    [(dollars, count)] = re.findall(line, (PROJECT / "docs/cost.md").read_text(encoding="utf-8"))

    # 0.10 for each with one metric, which all of them have.
    assert not any("Metrics" in one["Properties"] for one in alarms)
    assert dollars == f"{len(alarms) / 10:.2f}"
    assert count in {"", str(len(alarms))}


def test_what_a_month_costs_is_the_sum_of_its_lines() -> None:
    text = (PROJECT / "docs/cost.md").read_text(encoding="utf-8").partition("## The table")[2]
    rows = [line.strip("| ").split("|") for line in text.partition("\n\n- ")[0].splitlines() if "| " in line]

    [_, *lines, total] = rows

    for column in (-2, -1):
        # Each figure is rounded.
        expected = pytest.approx(float(total[column].strip(" *")), abs=0.005 * len(rows))
        assert sum(float(line[column]) for line in lines) == expected


def test_every_criterion_of_wcag_has_a_verdict_and_its_reason() -> None:
    rows = [
        re.findall(r"(?<=\| )[^|]+(?= \|)", line)
        for line in (PROJECT / "docs/accessibility.md").read_text("utf-8").splitlines()
        if re.match(r"\| \d", line)
    ]

    assert [row[0] for row in rows] == CRITERIA.split()
    assert [row for row in rows if len(row) != 4] == []


def test_each_finding_about_the_page_names_its_tests() -> None:
    """That these exist is the next test's."""
    page = (PROJECT / "docs/page.md").read_text("utf-8")

    rows = re.findall(r"^\| (P\d+) \|.+\| ([^|]+) \|$", page, re.MULTILINE)

    assert [finding for finding, _ in rows] == [f"P{number}" for number in range(1, 23)]
    named = re.compile(r"`e2e/page/test_\w+\.py::test_\w+`")
    assert [finding for finding, tests in rows if not all(map(named.fullmatch, tests.split(", ")))] == []


def test_every_test_that_a_document_names_exists() -> None:
    missing = []
    for document in PROJECT.glob("docs/*.md"):
        for name, test in re.findall(r"`([\w/]+/test_\w+\.py)(?:::(\w+))?`", document.read_text("utf-8")):
            file = PROJECT / "tests" / name.removeprefix("tests/")
            if not file.is_file() or (test and f"def {test}(" not in file.read_text("utf-8")):
                missing.append(f"{document.name}: {name} {test}")

    assert missing == []
