"""Calibration: prices that machine code shows, used by the cost models from then on."""

import json
from pathlib import Path

import pytest

import symnum as sn
from rewriters.egraph.costs import get_cost_model, table
from symnum.errors import InputError
from symnum.laboratory import calibrate as module


@pytest.fixture(scope="module")
def found() -> sn.Calibration:
    return sn.calibrate(repeats=5, store=False)


def test_prices_are_those_of_the_table(found: sn.Calibration) -> None:
    assert set(found.prices) == set(table.DEFAULT_PRICES) - {"byte"}  # fetching code is not measured
    assert all(0 < price < 1e4 for price in found.prices.values())
    assert found.defaults == table.DEFAULT_PRICES
    assert found.file is None


def test_what_every_processor_has_in_common(found: sn.Calibration) -> None:
    p, waiting = found.prices, found.latencies
    assert p["divide"] > 1.5 * p["multiply"]
    assert p["square_root"] > 1.5 * p["add"]
    assert p["power"] > p["divide"]
    assert p["power"] > p["exp"] > p["multiply"]
    assert p["sin"] > p["multiply"]
    # Who waits for a result waits longer than it takes to make many at once.
    assert waiting["multiply"] > p["multiply"]
    assert waiting["divide"] > p["divide"]
    assert 1e-10 < found.cycle_seconds < 1e-8


def test_the_calibrated_table_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "calibrated_file", lambda: tmp_path / "cost_table.json")
    monkeypatch.setattr(module, "calibrated_file", table.calibrated_file)
    x, y = sn.symbols("x y")
    before = get_cost_model("cycles").total([x / y])
    made = sn.calibrate(repeats=1)
    assert made.file == str(tmp_path / "cost_table.json")
    content = json.loads(Path(made.file).read_text())
    assert content["processor"] == made.processor
    assert content["latencies"]["divide"] == made.latencies["divide"]
    priced = get_cost_model("cycles").total([x / y])
    assert priced == pytest.approx(made.prices["divide"] + made.prices["multiply"])
    assert priced != before
    assert module.forget_calibration()
    assert not module.forget_calibration()
    assert get_cost_model("cycles").total([x / y]) == before


def test_tables_and_errors(found: sn.Calibration) -> None:
    assert "not kept" in str(found)
    assert f"{found.prices['exp']:.2f}" in str(found)
    assert "<table" in found._repr_html_()
    for repeats in (0, 1.5, True):
        with pytest.raises(InputError, match="above zero"):
            sn.calibrate(repeats=repeats)  # type: ignore[arg-type]
