"""The page on choosing a method says what the stored measurements say; the automatic choice follows them."""

import json
import math
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "work_precision.json"


@pytest.fixture(scope="module")
def tables():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from workloads import method_table
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return method_table


def test_the_page_holds_the_table_of_the_stored_results(tables):
    page = (ROOT / "docs" / "howto" / "choose_a_method.md").read_text(encoding="utf-8")
    assert tables.page_with_table(page, RESULTS) == page
    assert page.count("`vern7`") > 1


def test_ranking(tables):
    fast, slow = [(1e-3, 1.0), (1e-6, 2.0)], [(1e-3, 3.0), (1e-6, 2.0)]
    problems = [{"symnum a": fast, "symnum b": slow, "SciPy c": [(1e-9, 0.1)]}, {"symnum a": slow, "symnum b": fast}]
    assert tables.ranking(problems, 1e-2) == [("a", pytest.approx(2**0.5)), ("b", pytest.approx(2**0.5))]
    assert tables.ranking(problems, 1e-6) == [("a", 1.0), ("b", 1.0)]
    assert tables.ranking(problems, 1e-8) == []


def test_the_automatic_choice_is_near_the_best_where_nothing_is_stiff(tables):
    """Over problems and errors from 1e-3 to 1e-8, its time is at most half as much again as that of the best method."""
    logs = []
    for tools in tables.panels(json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]).values():
        for exponent in range(3, 9) if not tables.is_stiff(tools) else ():
            times = {tool: tables.time_to(points, 10.0**-exponent) for tool, points in tools.items()}
            ours = {tool: ms for tool, ms in times.items() if tool.startswith(tables.OURS) and ms is not None}
            automatic = ours.pop("symnum auto", None)
            if ours:
                assert automatic is not None
                logs.append(math.log(automatic / min(ours.values())))
    assert len(logs) > 40
    assert math.exp(sum(logs) / len(logs)) < 1.5
