"""The page on choosing a method says what the stored measurements say."""

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
