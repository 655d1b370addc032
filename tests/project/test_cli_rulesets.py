"""``symnum rulesets list``, ``show`` and ``check``, and ``symnum calibrate``: output, exit codes, what runs code."""

import json
from pathlib import Path

import pytest

from rewriters.egraph.costs import get_cost_model, table
from rewriters.rulesets import rulesets, shipped
from symnum import cli

GOOD = "ruleset good\nzero: ~x + 0 => ~x\nroot: sqrt(~x^2) => ~x @ real nonnegative\n"
BAD = "ruleset bad\nzero: ~x + 0 => ~x\nplanted: sqrt(~x^2) => ~x\n"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "good.rules").write_text(GOOD)
    (tmp_path / "bad.rules").write_text(BAD)
    return str(tmp_path / "good.rules"), str(tmp_path / "bad.rules")


def test_list(capsys: Capture) -> None:
    assert cli.main(["rulesets", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in listed] == list(rulesets())
    assert all(sum(entry["soundness"].values()) == entry["rules"] for entry in listed)
    assert cli.main(["rulesets", "list"]) == 0
    shown = capsys.readouterr().out
    for entry in listed:
        assert entry["name"] in shown
        assert entry["name"] not in shipped() or (entry["about"] and entry["about"] in shown)


def test_show(capsys: Capture, files: tuple[str, str]) -> None:
    assert cli.main(["rulesets", "show", "exp_log"]) == 0
    assert "log_of_exponential: log(exp(~x)) => ~x @ real x: real" in capsys.readouterr().out
    assert cli.main(["rulesets", "show", "kinetics"]) == 0
    first = capsys.readouterr().out.splitlines()[1]
    assert first.endswith("Kept only where nothing gets dearer.")
    assert "factor that most summands share" in first
    assert cli.main(["rulesets", "show", files[0], "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [r["name"] for r in records] == ["zero", "root"]
    assert (records[1]["soundness"], records[1]["domain"]) == ("real", {"x": "nonnegative"})


def test_check_says_what_holds(capsys: Capture, files: tuple[str, str]) -> None:
    assert cli.main(["rulesets", "check", files[0], "--no-sympy", "--points", "5"]) == 0
    captured = capsys.readouterr()
    assert "good: all 2 rules hold" in captured.out
    assert captured.err == ""


def test_check_fails_for_a_rule_that_does_not_hold(capsys: Capture, files: tuple[str, str]) -> None:
    assert cli.main(["rulesets", "check", *files, "--no-sympy", "--points", "5"]) == 1
    captured = capsys.readouterr()
    assert "bad: 1 of 2 rules do not hold" in captured.out
    assert "at x = -1: 1 became -1" in captured.out
    assert captured.err == "symnum: rules that do not hold: bad: planted\n"


def test_check_as_json(capsys: Capture, files: tuple[str, str]) -> None:
    assert cli.main(["rulesets", "check", files[1], "factor", "--json", "--no-sympy", "--points", "4"]) == 1
    records = json.loads(capsys.readouterr().out)
    assert [(r["ruleset"], r["verdict"]) for r in records] == [
        ("bad", "holds"),
        ("bad", "fails"),
        ("factor", "holds"),
    ]
    assert records[1]["counterexample"].startswith("at x = -")
    assert {"stated", "exact_points", "complex_points", "largest_ulp", "specials_differing", "sympy"} <= set(records[0])


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("facto", 'Did you mean "factor"'),
        ("missing.rules", "No such file"),
        ("missing_module:rules", "cannot be imported"),
        ("rewriters.rulesets.factor:RULE", "there is no RULE"),
        ("rewriters.rulesets.factor:common_factor", "no ruleset"),
    ],
)
def test_what_is_no_ruleset_exits_with_2(capsys: Capture, word: str, says: str) -> None:
    assert cli.main(["rulesets", "check", word, "--no-sympy"]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.out == ""


def test_python_runs_only_where_a_module_is_named(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own_rules_of_a_user.py"
    path.write_text(
        "import symnum as sn\nfrom pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\n"
        "class Kept:\n    rules = sn.ruleset(['zero: ~x + 0 => ~x'], name='own')\n"
    )
    assert cli.main(["rulesets", "check", str(path), "--no-sympy"]) == 2
    assert "module:object" in capsys.readouterr().err
    assert not path.with_suffix(".ran").exists()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert cli.main(["rulesets", "check", "own_rules_of_a_user:Kept.rules", "--no-sympy"]) == 0
    assert "own: all 1 rules hold" in capsys.readouterr().out
    assert path.with_suffix(".ran").exists()


@pytest.mark.parametrize(
    "arguments",
    [["check", "--points", "0"], ["check", "--sympy-timeout", "-1"], ["show"], ["nonsense"], []],
)
def test_bad_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["rulesets", *arguments])
    assert stopped.value.code == 2


def test_calibrate(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "calibrated_file", lambda: tmp_path / "cost_table.json")
    monkeypatch.setattr("symnum.laboratory.calibrate.calibrated_file", table.calibrated_file)
    assert cli.main(["calibrate", "--show"]) == 0
    assert "comes with symnum" in capsys.readouterr().out
    assert cli.main(["calibrate", "--repeats", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["file"] == str(tmp_path / "cost_table.json")
    assert get_cost_model("cycles").operation("exp", (None,)) == found["prices"]["exp"]
    assert cli.main(["calibrate", "--show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["source"] == found["file"]
    assert shown["prices"]["exp"] == found["prices"]["exp"]
    assert cli.main(["calibrate", "--reset"]) == 0
    assert "removed" in capsys.readouterr().out
    assert get_cost_model("cycles").operation("exp", (None,)) == table.DEFAULT_PRICES["exp"]
