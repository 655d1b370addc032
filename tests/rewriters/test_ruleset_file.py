"""Rulesets in text files: what is read, and what is refused with file, line and column."""

from pathlib import Path

import pytest

import symnum as sn
from rewriters.ruleset_file import MAXIMUM_BYTES, ruleset_from_text
from rewriters.rulesets import get_ruleset, shipped
from symnum.errors import BudgetError, DuplicateNameError, InputError, RuleError

TEXT = """\ufeff# Saturation, the way we like it
ruleset saturation.v2
soundness extended

one_division: ~a/~b/~c => ~a/(~b*~c)     # a comment
halves:       (~x^2)^(1/2) => abs(~x) @ real real
# in a name between backticks there may be a #
~a*`E(s#1)` => ~a where ~a == 0
soundness exact
two words => 2
""".replace("two words", "~x + ~x").replace("=> 2\n", "=> 2*~x\n")


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "some.rules"
    path.write_text(TEXT, encoding="utf-8")
    found = sn.read_ruleset(path)
    assert found.name == "saturation.v2"
    assert [r.soundness for r in found] == ["extended", "real", "extended", "exact"]
    assert found.names[:2] == ("one_division", "halves")
    assert "E(s#1)" in str(found[2])
    assert found["halves"].domain == {"x": "real"}
    assert sn.read_ruleset(str(path), "other").name == "other"
    assert sn.read_rules(path) == found
    (tmp_path / "plain.txt").write_text("a: ~x + 0 => ~x")
    assert sn.read_ruleset(tmp_path / "plain.txt").name == "plain"
    assert sn.read_ruleset(tmp_path / "plain.txt", soundness="approximate")[0].soundness == "approximate"


@pytest.mark.parametrize("name", [n for n in shipped() if n not in ("factor", "cpu_cycles", "kinetics", "stencil")])
def test_shipped_rulesets_are_written_and_read_back(name: str) -> None:
    rules = get_ruleset(name)
    assert ruleset_from_text(str(rules), name) == rules


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("a: ~x + 0 =>\n", 1, 13, ""),
        ("\n\na: sin(~x) = ~x\n", 3, 12, "=>"),
        ("ok: ~x + 0 => ~x\nb: ~x => ~y\n", 2, 10, "~y"),
        ("ruleset two words\n", 1, 1, "letters, digits"),
        ("ruleset a\nruleset b\n", 2, 1, 'called "a" already'),
        ("soundness exakt\n", 1, 11, 'Did you mean "exact"'),
        ("soundnes exact\n", 1, 1, 'Did you mean "soundness"'),
        ("hello\n", 1, 1, "lhs => rhs"),
        ("a: ~x => ~x @ reel\n", 1, 15, 'Did you mean "real"'),
        ("a: ~x => ~x @ real y: positive\n", 1, None, "no slot ~y"),
        ("a: ~x => __import__('os').system('true')\n", 1, 21, ""),
        ("a: ~x::prime => ~x\n", 1, 4, "no predicate"),
        ("a: `unclosed => ~x # more\n", 1, 4, ""),
    ],
)
def test_faults_have_their_place(tmp_path: Path, text: str, line: int, column: int | None, says: str) -> None:
    path = tmp_path / "bad.rules"
    path.write_text(text)
    with pytest.raises(RuleError) as caught:
        sn.read_ruleset(path)
    error = caught.value
    assert (error.file, error.line) == (str(path), line)
    if column is not None:
        assert error.column == column - 1
    assert says in str(error)
    assert f"{path}, line {line}" in str(error)


def test_two_rules_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "twice.rules"
    path.write_text("a: ~x + 0 => ~x\nb: ~x*1 => ~x\na: ~x + 0 => ~x\na: 0*~x => 0\n")
    with pytest.raises(DuplicateNameError, match=r"twice\.rules, line 4: another rule .* on line 1"):
        sn.read_ruleset(path)


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    for name, message in (("missing.rules", "No such file"), (".", "directory")):
        with pytest.raises(InputError, match=message):
            sn.read_ruleset(tmp_path / name)
    latin = tmp_path / "latin.rules"
    latin.write_bytes(b"a: ~x + 0 => ~x\nb: ~\xe9 => 0\n")
    with pytest.raises(RuleError, match="UTF-8") as caught:
        sn.read_ruleset(latin)
    assert caught.value.line == 2
    large = tmp_path / "large.rules"
    with large.open("wb") as file:
        file.truncate(MAXIMUM_BYTES + 1)
    with pytest.raises(BudgetError, match="is it a ruleset"):
        sn.read_ruleset(large)
    program = tmp_path / "mine.py"
    program.write_text("raise SystemExit('was executed')\n")
    with pytest.raises(InputError, match="executes nothing"):
        sn.read_ruleset(program)
    (tmp_path / "empty.rules").write_text("")
    assert len(sn.read_ruleset(tmp_path / "empty.rules")) == 0
    with pytest.raises(RuleError, match="soundness is one of"):
        sn.read_ruleset(tmp_path / "empty.rules", soundness="sound")
