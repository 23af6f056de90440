"""The seconds per folder at the end of a run."""

from tests.seconds import SecondsPerFolder


def test_each_folder_has_the_sum_of_its_tests_and_the_slowest_comes_first() -> None:
    seconds = SecondsPerFolder()
    for nodeid, duration in [
        ("tests/unit/domain/test_a.py::test_one", 0.25),
        ("tests/unit/domain/test_a.py::test_one", 0.25),
        ("tests/unit/domain/test_b.py::Class::test_two[a/b]", 1.0),
        ("tests/e2e/test_c.py::test_three", 20.0),
    ]:
        seconds.add(nodeid, seconds=duration)

    assert list(seconds.lines()) == [
        "   20.0 s     1 tests in tests/e2e",
        "    1.5 s     2 tests in tests/unit/domain",
    ]
