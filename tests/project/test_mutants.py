"""Mutation testing's mutants: what is changed, what never is, and that a switch changes what an edit changes."""

import ast
import builtins
import importlib.util
import sys
from pathlib import Path

import pytest

SOURCE = '''
"""Never 1 + 1."""
LIMIT = 3

def f(a: "int | None", b=2, *, sign=True):
    """Never 2 + 2."""
    if a is None:
        raise ValueError(f"no {a + 1}: " + str(1))
    values = [a, b, 10, 20]
    total = 0
    for value in values[1:]:
        if value > 10 and not value == b:
            continue
        total += value
    return max(total, a) if sign else pow(a, b)

class C:
    depth = 1

    def __repr__(self):
        return str(1 + 1)

half = lambda n: n / 2
'''


@pytest.fixture(scope="module")
def mutants(project_root: Path):
    spec = importlib.util.spec_from_file_location("mutants", project_root / "tools" / "mutants.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = module  # dataclasses look it up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["mutants"]


@pytest.fixture
def found(mutants, tmp_path):
    (tmp_path / "sample.py").write_text(SOURCE)
    return mutants.mutants_of(tmp_path, Path("sample.py"))


def test_what_is_changed(found):
    assert {mutant.mutation for mutant in found} == {
        "2 → 3", "True → False", "a is None → a is not None",
        "raise ValueError(f'no {a + 1}: ' + str(1)) → pass", "10 → 11", "20 → 21", "0 → 1", "1: → :", "1 → 0",
        "value > 10 and (not value == b) → value > 10 or not value == b",
        "value > 10 and (not value == b) → not (value > 10 and (not value == b))",
        "value > 10 → value >= 10", "not value == b → value == b", "value == b → value != b", "continue → break",
        "total += value → total -= value", "total += value → pass", "max → min", "max(total, a) → max(a, total)",
        "return max(total, a) if sign else pow(a, b) → return None", "sign → not sign", "pow(a, b) → pow(b, a)",
        "n / 2 → n * 2",
    }  # fmt: skip
    assert {mutant.function for mutant in found} == {"f", "<lambda>"}


def test_mutants_are_told_apart_and_drawn_alike_after_an_edit_elsewhere(found, mutants, tmp_path):
    assert len({mutant.identity for mutant in found}) == len(found)
    (tmp_path / "sample.py").write_text("\n\n\n" + SOURCE)
    again = mutants.mutants_of(tmp_path, Path("sample.py"))
    assert [mutant.rank(7) for mutant in again] == [mutant.rank(7) for mutant in found]
    assert [mutant.rank(8) for mutant in again] != [mutant.rank(7) for mutant in found]


def answers(text: str):
    space: dict = {}
    exec(compile(text, "sample", "exec"), space)
    calls = ({"a": 1}, {"a": 3, "b": 1}, {"a": 5, "b": 20}, {"a": 0, "b": 10, "sign": False}, {"a": None})
    return [*(answer(space["f"], arguments) for arguments in calls), space["half"](3)]


def answer(function, arguments):
    try:
        return function(**arguments)
    except (TypeError, ValueError) as error:
        return type(error)


def test_a_switch_does_what_an_edit_does(found, mutants, monkeypatch):
    assert all(mutant.places[2] for mutant in found)
    together = mutants.switched(SOURCE.encode(), dict(enumerate(found)))
    plain = answers(SOURCE)
    assert answers(together) == plain
    changed = 0
    for number, mutant in enumerate(found):
        edited = mutant.apply(SOURCE.encode()).decode()
        assert ast.dump(ast.parse(edited)) != ast.dump(ast.parse(SOURCE))
        monkeypatch.setattr(builtins, "_mutant", lambda n, number=number: n == number, raising=False)
        assert answers(together) == answers(edited), mutant.identity
        changed += answers(edited) != plain
    assert changed > len(found) / 2
