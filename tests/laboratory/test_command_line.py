"""`symnum rulesets bench` and `symnum rulesets corpora`."""

import json

import pytest

from symnum import cli


def test_bench_writes_table_json_and_html(tmp_path, capsys):
    laws = tmp_path / "laws.txt"
    laws.write_text("v = k*s*a + k*s*b\nw = x + y\n", encoding="utf-8")
    rules = tmp_path / "mine.txt"
    rules.write_text("ruleset mine\ntogether: ~a*~b + ~a*~c => ~a*(~b + ~c)\n", encoding="utf-8")
    out, page = tmp_path / "out.json", tmp_path / "out.html"
    words = ["rulesets", "bench", "--corpus", str(laws), "--rulesets", f"none,{rules}", "--engines", "classical"]
    assert cli.main([*words, "--repeats", "3", "--json", str(out), "--html", str(page)]) == 0
    captured = capsys.readouterr()
    shown = captured.out
    assert captured.err == f"symnum: written: {out}, {page}\n"
    assert "mine" in shown
    assert "laws.txt" in shown
    content = json.loads(out.read_text())
    assert [(r["model"], r["ruleset"]) for r in content["records"]] == [(m, r) for m in "vw" for r in ("none", "mine")]
    assert content["records"][1]["changed"]
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_bench_writes_json_to_standard_output(capsys):
    words = "rulesets bench --corpus polynomials --count 2 --rulesets none --engines classical --repeats 0 --json -"
    assert cli.main(words.split()) == 0
    assert len(json.loads(capsys.readouterr().out)["records"]) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--corpus polynomial", 'no corpus "polynomial"'),
        ("--rulesets factors", '"factors"'),
        ("--json /absent/folder/out.json", "cannot be written"),
    ],
)
def test_wrong_input_is_exit_code_2(words, message, capsys):
    assert cli.main(["rulesets", "bench", *words.split()]) == 2
    assert message in capsys.readouterr().err


def test_corpora_are_listed(capsys):
    assert cli.main(["rulesets", "corpora"]) == 0
    assert "kinetic_laws" in capsys.readouterr().out
    assert cli.main(["rulesets", "corpora", "--json"]) == 0
    assert {"polynomials", "sbml"} <= {row["name"] for row in json.loads(capsys.readouterr().out)}
