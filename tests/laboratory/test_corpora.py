"""Corpora: the same for one seed, made of pieces that compile; what the equations in them mean; files as corpora."""

import itertools

import numpy as np
import pytest

import symnum as sn
from codegen.repeated import repeated_tape
from symnum.laboratory.corpora import get_corpus, pieces_of
from symnum.laboratory.corpora.moments import StochasticReaction, moment_equations
from symnum.terms import evaluate, free_symbols

OWN = tuple(name for name in sn.corpora() if name not in ("sbml", "bionetgen"))


@pytest.mark.parametrize("name", OWN)
def test_a_corpus_follows_from_its_seed(name):
    corpus = get_corpus(name)
    pieces = corpus.make(1, 12)
    assert 8 <= len(pieces) <= 12
    assert corpus.make(1, 12) == pieces
    if name != "mass_action" or corpus.size > 12:
        assert corpus.make(2, 12) != pieces
    names = [piece.name for piece in pieces]
    assert len(set(names)) == len(names)
    for piece in pieces:
        symbols = free_symbols(list(piece.expressions))
        assert len(repeated_tape(piece.expressions, symbols, [], 1)) > len(symbols)


def test_every_kinetic_law_of_the_reference_data_is_read(data_dir):
    pieces = get_corpus("sbml").make(0, None)
    assert len(pieces) > 100
    assert len({p.expressions for p in pieces}) == len(pieces)
    assert get_corpus("sbml").make(0, 10) == get_corpus("sbml").make(0, 10)


def test_networks_of_the_reference_data_are_read(data_dir):
    pieces = get_corpus("bionetgen").make(0, 20)
    assert len(pieces) == 20
    assert all(piece.parameters for piece in pieces)


def test_absent_data_say_where_they_are_looked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMNUM_DATA", str(tmp_path))
    with pytest.raises(sn.errors.InputError, match=f"{tmp_path}.*SYMNUM_DATA"):
        get_corpus("sbml").make(0, None)


def distribution(n, seed):
    """Independent numbers on {0, 1, 2}, each symmetric about 1: their third cumulants vanish."""
    edge = np.random.default_rng(seed).uniform(0.1, 0.4, n)
    for x in itertools.product((0, 1, 2), repeat=n):
        yield np.array(x), float(np.prod([e if v != 1 else 1 - 2 * e for v, e in zip(x, edge)]))


def test_moment_equations_are_the_generators_where_the_closure_is_exact():
    """dE[f]/dt = E[(f(x + v) - f(x)) a(x)], summed over a distribution whose third moments the closure gives."""
    reactions = [
        StochasticReaction(1.5, (0, 1), (-1, 1, 0)),
        StochasticReaction(0.7, (1, 1), (0, -2, 1)),
        StochasticReaction(2.0, (), (1, 0, 0)),
        StochasticReaction(0.3, (2,), (2, 0, -1)),
    ]
    moments, derivatives = moment_equations(reactions, ["A", "B", "C"])
    keys = [(i,) for i in range(3)] + [(i, j) for i in range(3) for j in range(i, 3)]
    for seed in range(3):
        states = list(distribution(3, seed))
        values = {m: sum(p * np.prod(x[list(k)]) for x, p in states) for m, k in zip(moments, keys)}

        def propensity(r, x):
            counts = [x[i] for i in r.reactants]
            same = len(counts) == 2 and r.reactants[0] == r.reactants[1]
            return r.rate * (counts[0] * (counts[0] - 1) / 2 if same else np.prod(counts))

        for key, equation in zip(keys, derivatives):
            exact = sum(
                p * (np.prod((x + r.change)[list(key)]) - np.prod(x[list(key)])) * propensity(r, x)
                for x, p in states
                for r in reactions
            )
            assert float(evaluate(equation, values)) == pytest.approx(exact, rel=1e-12, abs=1e-12)


def test_moments_of_birth_and_death():
    k, g = sn.symbols("k g")
    found, equations = moment_equations([StochasticReaction(k, (), (1,)), StochasticReaction(g, (0,), (-1,))], ["X"])
    m, m2 = found
    assert [sn.expand(e) for e in equations] == [k - g * m, sn.expand(k + 2 * k * m + g * m - 2 * g * m2)]
    with pytest.raises(sn.errors.UnsupportedError, match="at most two"):
        moment_equations([StochasticReaction(k, (0, 0, 0), (-3,))], ["X"])


def test_a_file_of_expressions(tmp_path):
    path = tmp_path / "laws.txt"
    path.write_text("# two laws\nv1 = k*s/(m + s)\n\ndomain: positive\nsqrt(x^2) + 1  # no name\n", encoding="utf-8")
    name, (first, second) = pieces_of(path, 0, None)
    assert (name, first.name, second.name) == ("laws.txt", "v1", "line 5: sqrt(x^2) + 1")
    assert first.expressions == (sn.parse("k*s/(m + s)"),)
    (x,) = sn.symbols(["x"], domain="positive")
    assert second.expressions == (sn.sqrt(x**2) + 1,)
    path.write_text(" + ".join(f"a{i}" for i in range(40)), encoding="utf-8")
    assert pieces_of(path, 0, None)[1][0].name == "line 1: a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7..."
    path.write_text("a = b +* c\n", encoding="utf-8")
    with pytest.raises(sn.errors.ParseError, match=r"laws.txt.*1|line 1"):
        pieces_of(path, 0, None)
    path.write_text("domain: wonderful\na*b + c\n", encoding="utf-8")
    with pytest.raises(sn.errors.ParseError, match="wonderful"):
        pieces_of(path, 0, None)


def test_a_model_and_a_model_file(tmp_path):
    network = sn.reaction_network("mm(S, v, k), S --> P; d, P --> 0", name="cell")
    name, pieces = pieces_of(network, 0, None)
    assert name == "cell"
    assert pieces[-1].name == "cell: right-hand sides"
    assert {s.name for s in pieces[-1].parameters} == {"v", "k", "d"}
    path = tmp_path / "model.rn"
    path.write_text("k1, A + B --> C\nk2, C --> A + B\n", encoding="utf-8")
    assert len(pieces_of(str(path), 0, None)[1][0].expressions) == 3


def test_a_corpus_of_ones_own():
    (x,) = sn.symbols(["x"])
    mine = sn.Corpus("mine of the tests", "", lambda seed, count: [sn.laboratory.Piece("p", (x**2 + seed,))])
    assert pieces_of(mine, 3, None) == ("mine of the tests", [sn.laboratory.Piece("p", (x**2 + 3,))])
    with pytest.raises(sn.errors.InputError, match="exists already"):
        sn.register_corpus(mine._replace(name="polynomials"))
