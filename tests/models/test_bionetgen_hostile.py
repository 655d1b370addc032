"""Damaged and hostile network files: typed errors that name file and line, in bounded time, nothing executed."""

import random
import time

import pytest

import symnum as sn
from symnum.errors import (
    BudgetError,
    DuplicateNameError,
    InputError,
    ParseError,
    SymnumError,
    UnknownNameError,
)
from symnum.models.importers.bionetgen import read_bionetgen
from symnum.models.read_model import read_model
from tests.models.small_network import SMALL


def lines_of(text):
    return text.split("\n")


CASES = {
    "no end of reactions": (SMALL[: SMALL.index("end reactions")], 29),
    "cut in a line": (SMALL[: SMALL.index("2,5 half")], 29),
    "no reactions": (SMALL.replace("reactions\n", "groups\n"), None),
    "unknown section": (SMALL.replace("begin groups", "begin group"), 38),
    "section twice": (SMALL + SMALL[SMALL.index("begin groups") :], 44),
    "closed twice": (SMALL + "end groups\n", 44),
    "nested sections": (SMALL.replace("begin species", "begin species\nbegin groups"), 22),
    "outside": (SMALL + "whatever\n", 44),
    "unknown parameter": (SMALL.replace("0.1*kp", "0.1*kq"), 7),
    "unknown rate": (SMALL.replace("3*km", "3*kn"), 34),
    "unknown in function": (SMALL.replace("K()+Bound", "K()+Bund"), 15),
    "unknown initial": (SMALL.replace("2*A0+1", "2*A9+1"), 24),
    "parameter twice": (SMALL.replace("6 n  ", "6 V  "), 9),
    "parameter number twice": (SMALL.replace("6 n  ", "5 n  "), 9),
    "species twice": (SMALL.replace("2 B(a)", "2 A(b,s~U)"), 24),
    "species number twice": (SMALL.replace("    2 B(a)", "    1 B(a)"), 24),
    "reaction number twice": (SMALL.replace("5 0 2 3*km", "4 0 2 3*km"), 34),
    "group twice": (SMALL.replace("2 Total_A", "2 Bound"), 40),
    "function twice": (SMALL.replace("2 K()", "2 half()"), 16),
    "function named as a parameter": (SMALL.replace("2 K()", "2 kp()"), 16),
    "functions in a circle": (SMALL.replace("n^2+1", "slow()"), 15),
    "parameters in a circle": (SMALL.replace("1.5/(V", "km/(V"), 6),
    "parameter that needs itself": (SMALL.replace("1.5/(V", "kp/(V"), 6),
    "species out of range": (SMALL.replace("1,2 4 kp", "1,9 4 kp"), 30),
    "negative species": (SMALL.replace("1,2 4 kp", "1,-2 4 kp"), 30),
    "empty entry": (SMALL.replace("1,2 4 kp", "1,,2 4 kp"), 30),
    "huge species": (SMALL.replace("1,2 4 kp", "1,99999999999999999999999 4 kp"), 30),
    "zero among reactants": (SMALL.replace("1,2 4 kp", "1,0 4 kp"), 30),
    "underscore in a number": (SMALL.replace("1,2 4 kp", "1,2_0 4 kp"), 30),
    "foreign digits": (SMALL.replace("1,2 4 kp", "1,٢ 4 kp"), 30),
    "missing rate": (SMALL.replace("1,2 4 kp #_R1", "1,2 4"), 30),
    "rate is a comment": (SMALL.replace("1,2 4 kp #_R1", "1,2 4 #_R1"), 30),
    "group out of range": (SMALL.replace("1,4,5", "1,4,6"), 40),
    "group with a bad weight": (SMALL.replace("2*1,0.5*4", "x*1,0.5*4"), 41),
    "import": (SMALL.replace("0.1*kp", "__import__('os').system('touch executed')"), 7),
    "attribute": (SMALL.replace("0.1*kp", "().__class__"), 7),
    "tower": (SMALL.replace("0.1*kp", "2**2**2**2**2"), 7),
    "tower in a rate": (SMALL.replace("3*km", "2^2^2^2^2^2*km"), 34),
    "digits": (SMALL.replace("0.1*kp", "1" * 50_000), 7),
    "nested": (SMALL.replace("0.1*kp", "(" * 100_000 + "kp" + ")" * 100_000), 7),
    "nested calls": (SMALL.replace("0.1*kp", "exp(" * 100_000 + "kp" + ")" * 100_000), 7),
    "overflow": (SMALL.replace("6.022e23", "1e999"), 4),
    "NUL": (SMALL.replace("# Constant", "# Con\0stant", 1), 4),
}


@pytest.mark.parametrize("case", CASES)
def test_typed_error_with_file_and_line(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, line = CASES[case]
    file = tmp_path / "model.net"
    file.write_text(text, encoding="utf-8", newline="")
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        read_model(file)
    assert time.process_time() - start < 5.0
    assert "model.net" in str(caught.value)
    assert line is None or f"line {line}" in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.net"]


def test_kinds_of_errors():
    def kind(case):
        with pytest.raises(SymnumError) as caught:
            read_bionetgen(CASES[case][0])
        return type(caught.value)

    assert kind("unknown rate") is UnknownNameError
    assert kind("species twice") is DuplicateNameError
    assert kind("tower") is BudgetError
    assert kind("nested") is BudgetError
    assert kind("species out of range") is ParseError


def test_suggestions():
    with pytest.raises(UnknownNameError, match="Did you mean"):
        read_bionetgen(SMALL.replace("3*km", "3*_rateLaw"))


def test_growing_powers_through_functions():
    chain = "".join(f"    {i} f{i}() f{i + 1}()^50\n" for i in range(4, 40))
    text = SMALL.replace("end functions", chain + "    40 f40() 10\nend functions").replace("3*km", "f4")
    start = time.process_time()
    with pytest.raises(InputError):
        read_bionetgen(text)
    assert time.process_time() - start < 5.0


def test_long_chain_of_functions_is_no_recursion():
    chain = "".join(f"    {i} f{i}() f{i + 1}+Bound\n" for i in range(4, 2000))
    text = SMALL.replace("end functions", chain + "    2000 f2000() 10\nend functions")
    assert read_bionetgen(text).n_reactions == 7


def test_not_utf8(tmp_path):
    file = tmp_path / "model.net"
    file.write_bytes(SMALL.encode().replace(b"# Constant", b"# \xff\xfe", 1))
    with pytest.raises(ParseError, match=r"model\.net, line 4.*UTF-8"):
        read_model(file)


ALPHABET = "0123456789.,*+-^()# \n$ekA_~!\0é\t\"'`;=<>"


def mutate(random_, text):
    """Damage a text in one to three ways."""
    for _ in range(random_.randint(1, 3)):
        kind = random_.randrange(7)
        lines = lines_of(text)
        i, j = sorted(random_.randrange(len(text) + 1) for _ in range(2))
        a, b = random_.randrange(len(lines)), random_.randrange(len(lines))
        if kind == 0:
            text = text[:i] + random_.choice(ALPHABET) + text[i + 1 :]
        elif kind == 1:
            text = text[:i] + "".join(random_.choices(ALPHABET, k=5)) + text[i:]
        elif kind == 2:
            text = text[:i] + text[min(j, i + 30) :]
        elif kind == 3:
            lines[a], lines[b] = lines[b], lines[a]
            text = "\n".join(lines)
        elif kind == 4:
            text = "\n".join(lines[:a] + lines[a + 1 :])
        elif kind == 5:
            text = "\n".join([*lines[:a], lines[b], *lines[a:]])
        else:
            words = text.split(" ")
            words[random_.randrange(len(words))] = random_.choice(words)
            text = " ".join(words)
        text = text or "x"
    return text


def test_mutations_give_a_model_or_a_typed_error(tmp_path):
    random_ = random.Random(20240607)
    outcomes = {"read": 0, "refused": 0}
    start = time.process_time()
    for _ in range(500):
        text = mutate(random_, SMALL)
        file = tmp_path / "mutant.net"
        file.write_text(text, encoding="utf-8", newline="")
        try:
            net = sn.read_model(file)
            net.system().rhs
            net.conservation_laws()
            str(net)
            outcomes["read"] += 1
        except SymnumError:
            outcomes["refused"] += 1
    assert time.process_time() - start < 60.0
    assert min(outcomes.values()) >= 50, outcomes
