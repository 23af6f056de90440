"""Which tests a run leaves out, and how much the others try."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests import depth


@pytest.fixture
def items() -> list[Any]:
    """A deep test and one of every run."""
    return [
        SimpleNamespace(name="deep", get_closest_marker={"deep": pytest.mark.deep}.get),
        SimpleNamespace(name="usual", get_closest_marker={}.get),
    ]


@pytest.mark.parametrize(
    ("is_deep", "kept", "left_out"),
    [(False, ["usual"], ["deep"]), (True, ["deep", "usual"], [])],
    ids=["usual", "deep"],
)
def test_deep_tests_are_left_out_of_a_usual_run_and_counted(
    monkeypatch: pytest.MonkeyPatch, items: list[Any], *, is_deep: bool, kept: list[str], left_out: list[str]
) -> None:
    monkeypatch.setattr(depth, "IS_DEEP", is_deep)
    deselected: list[Any] = []
    hook = SimpleNamespace(pytest_deselected=lambda *, items: deselected.extend(items))
    config: Any = SimpleNamespace(hook=hook)

    depth.pytest_collection_modifyitems(config, items)

    assert [item.name for item in items] == kept
    assert [item.name for item in deselected] == left_out


@pytest.mark.parametrize(("is_deep", "size"), [(False, 3), (True, 400)], ids=["usual", "deep"])
def test_a_size_is_chosen_by_depth(monkeypatch: pytest.MonkeyPatch, *, is_deep: bool, size: int) -> None:
    monkeypatch.setattr(depth, "IS_DEEP", is_deep)

    assert depth.by_depth(3, deep=400) == size
