"""The text form of reaction networks: what it means, what it refuses, and that it reads back."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import (
    BudgetError,
    DuplicateNameError,
    InputError,
    ParseError,
    SymnumError,
    UnknownNameError,
)
from symnum.models.reaction_network import reaction, reaction_network
from symnum.terms import Call, Symbol, evaluate, power
from symnum.terms.numbers import as_number


def names(symbols):
    return [s.name for s in symbols]


def rates(text, **options):
    """Rates of all reactions, as terms."""
    net = reaction_network(text, **options)
    return net.fluxes.rate_terms(net.species)


X, Y, A, B, C, k, K, v, n, t = sn.symbols("X Y A B C k K v n t")


class TestForm:
    def test_species_and_parameters_in_order_of_appearance(self):
        net = reaction_network("(kf, kr), S + E <--> C; kcat, C --> E + P; mm(X, v, K), 0 => X")
        assert names(net.species) == ["S", "E", "C", "P", "X"]
        assert names(net.parameters) == ["kf", "kr", "kcat", "v", "K"]
        assert net.n_reactions == 4

    def test_lines_comments_and_continuation(self):
        net = reaction_network(
            """
            # an enzyme
            kf, S + E --> C    # binding
            hill(S,
                 v, K, n), 0 => S
            """
        )
        assert names(net.parameters) == ["kf", "v", "K", "n"]
        assert net.n_reactions == 2

    @pytest.mark.parametrize("side", ["2A", "2*A", "2 A", "A + A", "2 * A"])
    def test_coefficients(self, side):
        assert reaction_network(f"k, {side} --> B").reactions[0].reactants == {A: 2}

    @pytest.mark.parametrize("nothing", ["0", "∅", "Ø"])
    def test_sources_and_sinks(self, nothing):
        source, sink = reaction_network(f"k, {nothing} --> A; k, A --> {nothing}").reactions
        assert source.reactants == {}
        assert source.products == {A: 1}
        assert sink.products == {}

    @pytest.mark.parametrize("arrow", ["-->", "->", "→", "⟶"])
    def test_forward_arrows(self, arrow):
        assert reaction_network(f"k, A {arrow} B") == reaction_network("k, A --> B")

    @pytest.mark.parametrize("arrow", ["<--", "←"])
    def test_leftward_arrows(self, arrow):
        assert reaction_network(f"k, A {arrow} B", species="A B") == reaction_network(
            "k, B --> A", species="A B"
        )

    @pytest.mark.parametrize("arrow", ["<-->", "↔", "⇌", "⇄"])
    def test_reversible_arrows(self, arrow):
        assert reaction_network(f"(k, K), A {arrow} B") == reaction_network("k, A --> B; K, B --> A")

    def test_bundles(self):
        assert reaction_network("k, (A, B) --> 0") == reaction_network("k, A --> 0; k, B --> 0")
        assert reaction_network("(k, K), (A, B) --> C") == reaction_network("k, A --> C; K, B --> C")
        assert reaction_network("(k, K), A --> (B, C)") == reaction_network("k, A --> B; K, A --> C")
        both = reaction_network("(k, (K, v)), (A, B) <--> C")
        assert both == reaction_network("k, A --> C; K, C --> A; k, B --> C; v, C --> B")

    def test_a_bracket_that_is_no_bundle(self):
        assert reaction_network("(k + v)*K, A --> 0").reactions[0].rate == (k + v) * K

    def test_names_of_reactions(self):
        net = reaction_network("binding: (k, K), A <--> B; decay: v, (A, B) --> 0")
        assert [r.name for r in net.reactions] == ["binding", "binding_reverse", "decay_1", "decay_2"]

    def test_ternary_is_not_a_name(self):
        net = reaction_network("t < 1 ? k : K, A --> 0")
        assert net.reactions[0].name is None
        assert names(net.parameters) == ["k", "K"]

    @pytest.mark.parametrize(
        "name", ["E1", "S", "N", "I", "lambda", "x7", "beta", "Q", "zeta", "oo", "e", "E", "π_"]
    )
    def test_names_can_be_anything(self, name):
        net = reaction_network(f"k_{name}, {name} --> 0; {name}2, {name} --> 2{name}")
        assert names(net.species) == [name]
        assert names(net.parameters) == [f"k_{name}", f"{name}2"]
        assert evaluate(net.system().rhs[0], {name: 3.0, f"k_{name}": 2.0, f"{name}2": 5.0}) == 9.0

    def test_pi_is_the_number_unless_declared(self):
        assert names(reaction_network("pi*k, A --> 0").parameters) == ["k"]
        assert names(reaction_network("pi*k, A --> 0", parameters={"pi": 1}).parameters) == ["pi", "k"]
        assert names(reaction_network("k*pi, pi --> 0").species) == ["pi"]

    def test_names_between_backquotes(self):
        net = reaction_network("k*`a b`, `EGFR(Y1~U)` --> `a; #b`")
        assert names(net.species) == ["EGFR(Y1~U)", "a; #b"]
        assert names(net.parameters) == ["a b", "k"] or names(net.parameters) == ["k", "a b"]

    def test_sections(self):
        net = reaction_network(
            """
            k, A --> B
            parameters: k = 2*k0, k0 = 3
            initial: A = k0/2; B = 0
            observables:
                total = A + B
            """
        )
        assert names(net.parameters) == ["k", "k0"]
        assert net.parameter_values == (2 * Symbol("k0"), 3)
        assert net.initial_values == (Symbol("k0") / 2, 0)
        assert net.observables == {"total": A + B}

    def test_arguments_win_over_the_text(self):
        text = "k, A --> B\nparameters: k = 1\ninitial: A = 1"
        net = reaction_network(text, parameters={"k": 5}, initial={"A": 7})
        assert net.parameter_values == (5,)
        assert net.initial_values == (7, None)

    def test_time(self):
        net = reaction_network("k*t, A --> 0")
        assert names(net.parameters) == ["k"]
        assert net.fluxes.rates == {0: A * k * t}
        assert names(reaction_network("k*t, A --> 0", independent="s").parameters) == ["k", "t"]


class TestCatalystSemantics:
    """The conventions of Catalyst.jl's manual."""

    def test_combinatoric_factors(self):
        assert rates("k, A --> 0; k, 2A --> 0; k, 3A + 2B --> 0") == [
            k * A,
            k * A**2 / 2,
            k * A**3 * B**2 / 12,
        ]

    def test_without_combinatoric_factors(self):
        assert rates("k, 2A --> 0; k, 3A + 2B --> 0", combinatoric=False) == [k * A**2, k * A**3 * B**2]

    def test_complete_rates_have_no_factors(self):
        assert rates("k, 2A => 0; k*A, A => 0; 3, 0 => A") == [k, k * A, 3]

    def test_a_rate_with_species_is_multiplied_by_the_reactants(self):
        assert rates("k*X, X + 2A --> A") == [k * X**2 * A**2 / 2]

    def test_catalyst_on_both_sides(self):
        net = reaction_network("k, X + A --> X + B")
        assert names(net.species) == ["X", "A", "B"]
        assert net.stoichiometry.toarray().tolist() == [[0], [-1], [1]]
        assert net.system().rhs == (0, -k * X * A, k * X * A)

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("mm(X, v, K)", v * X / (X + K)),
            ("mmr(X, v, K)", v * K / (X + K)),
            ("hill(X, v, K, n)", v * X**n / (X**n + K**n)),
            ("hillr(X, v, K, n)", v * K**n / (X**n + K**n)),
            ("hillar(X, Y, v, K, n)", v * X**n / (X**n + Y**n + K**n)),
        ],
    )
    def test_rate_laws(self, text, value):
        assert rates(f"{text}, 0 => X", species="X Y")[0] == value

    def test_a_species_that_only_occurs_in_a_rate_must_be_declared(self):
        assert names(reaction_network("mm(Y, v, K), 0 --> X").parameters) == ["Y", "v", "K"]
        assert names(reaction_network("mm(Y, v, K), 0 --> X", species="Y").species) == ["Y", "X"]

    def test_equations(self):
        net = reaction_network("(k1, k2), S + E <--> C;  k3, C --> E + P")
        s, e, c = sn.symbols("S E C")
        k1, k2, k3 = sn.symbols("k1 k2 k3")
        assert net.system().rhs == (
            k2 * c - k1 * s * e,
            k2 * c + k3 * c - k1 * s * e,
            k1 * s * e - k2 * c - k3 * c,
            k3 * c,
        )
        assert [eq.rhs for eq in net.equations] == list(net.system().rhs)
        assert isinstance(net.equations[0].lhs, Call)
        assert str(net.equations[3].lhs) == "D(P)"

    def test_fixed_species(self):
        net = reaction_network("k, A + B --> C", fixed="A")
        assert net.system().rhs == (0, -k * A * B, k * A * B)


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "line", "column"),
        [
            ("k, A --> B\nA --> B", 2, 0),
            ("k, A B", 1, 3),
            ("k, A --> B --> C", 1, 11),
            ("k, A --> ", 1, 8),
            ("k, A + --> B", 1, 6),
            ("k, 1.5A --> B", 1, 3),
            ("k, 2(A + B) --> C", 1, 3),
            ("k, 99999999999999 A --> B", 1, 3),
            ("k, A --> B, C --> D", 1, 12),
            ("k, A <--> B", 1, 0),
            ("(k1, k2, k3), A <--> B", 1, 0),
            ("(k1, k2, k3), (A, B) --> C", 1, 0),
            ("k*, A --> B", 1, 2),
            ("k, A --> B\n(k, A --> B", 2, 0),
            ("k), A --> B", 1, 1),
            ("k; A --> B", 1, 0),
            ("k, A --> 0 + B", 1, 9),
            ("k, `A --> B", 1, None),
            ("k, A --> B\0", 1, 10),
            ("combinatoric: maybe", 1, 14),
        ],
    )
    def test_place(self, text, line, column):
        with pytest.raises(ParseError) as caught:
            reaction_network(text, file="model.rn")
        assert caught.value.line == line
        assert column is None or caught.value.column == column
        assert "model.rn" in str(caught.value)

    @pytest.mark.parametrize(
        "rate",
        [
            "__import__('os').system('true')",
            "().__class__",
            "2**2**2**2**2**2",
            "9**9**9",
            "(" * 100_000 + "k" + ")" * 100_000,
            "k" + "+k" * 600_000,
            "1" * 100_000,
            "k\N{ZERO WIDTH SPACE}",
            "[1]",
            "'k'",
            "f(k)",
        ],
    )
    def test_hostile_rates(self, rate):
        with pytest.raises(ParseError):
            reaction_network(f"{rate}, A --> B")

    def test_budgets(self):
        with pytest.raises(BudgetError):
            reaction_network("2^2^2^2^2^2, A --> B")

    def test_unknown_names_get_a_suggestion(self):
        with pytest.raises(UnknownNameError, match='Did you mean "Substrate"'):
            reaction_network("k, Substrate --> 0", initial={"Substrat": 1})
        with pytest.raises(UnknownNameError, match='Did you mean "Substrate"'):
            reaction_network("k, Substrate --> 0", observables={"x": "2*Substrat"})
        with pytest.raises(UnknownNameError, match=r"line 2.*\n.*k1O"):
            reaction_network("k10, A --> 0\nparameters: a = 2*k1O")

    def test_one_name_for_two_things(self):
        with pytest.raises(DuplicateNameError, match="species"):
            reaction_network("k, A --> 0", parameters={"A": 1})
        with pytest.raises(DuplicateNameError, match="time"):
            reaction_network("k, A --> 0", parameters={"t": 1})
        with pytest.raises(InputError, match="time"):
            reaction_network("k, t --> 0")
        with pytest.raises(DuplicateNameError, match="r1"):
            reaction_network("r1: k, A --> 0; r1: k, B --> 0")
        with pytest.raises(DuplicateNameError, match="second time"):
            reaction_network("k, A --> 0\nparameters: k = 1; k = 2")

    @pytest.mark.parametrize("empty", ["", "# nothing", "parameters: k = 1", []])
    def test_nothing_is_refused(self, empty):
        with pytest.raises(ParseError, match="no reactions"):
            reaction_network(empty)

    def test_circular_values(self):
        with pytest.raises(InputError, match="circle"):
            reaction_network("k, A --> 0", parameters={"k": "a", "a": "b + 1", "b": "2*k"})

    def test_models_do_not_change(self):
        net = reaction_network("k, A --> 0")
        with pytest.raises(AttributeError, match="do not change"):
            net.species = ()


class TestProgrammatic:
    def test_same_as_text(self):
        s, e, c = sn.species("S E C")
        kf = sn.parameters("kf")
        made = reaction_network(
            [reaction(kf, {s: 1, e: 1}, {c: 1}, name="binding"), reaction("kr*t", [c], [s, e])]
        )
        assert made == reaction_network("binding: kf, S + E --> C; kr*t, C --> S + E")

    def test_complete_rate(self):
        net = reaction_network([reaction("v*A", "A", None, mass_action=False)])
        assert net.system().rhs == (-v * A,)

    @pytest.mark.parametrize("count", [0, -1, 1.5, True, "2", 10**9])
    def test_coefficients_are_checked(self, count):
        with pytest.raises(InputError, match="coefficient"):
            reaction("k", {"A": count})

    def test_what_is_no_reaction(self):
        with pytest.raises(InputError, match="no reaction"):
            reaction_network(["k, A --> B"])

    def test_names_are_checked(self):
        with pytest.raises(InputError, match="name"):
            reaction("k", ["A"], name="a: b")


NAMES = [
    "A",
    "B2",
    "x_y",
    "EGFR(Y1~U)",
    "pi",
    "and",
    "lambda",
    "a b",
    "Ω",
    "inf",
    "species",
    "2x",
    "#;(,)",
    "D",
]
ODD = st.sampled_from(NAMES)
NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
    st.fractions(-3, 3, max_denominator=7).map(as_number),
)


@st.composite
def expressions(draw, atoms, depth=2):
    """Terms such as rates are made of."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.one_of(NUMBERS, atoms))
    a, b = draw(expressions(atoms, depth - 1)), draw(expressions(atoms, depth - 1))
    kind = draw(st.sampled_from(["+", "*", "/", "^", "exp", "piecewise", "min"]))
    if kind == "+":
        return a + b
    if kind == "*":
        return a * b
    if kind == "/":
        return a / (3 + b) if b != -3 else a
    if kind == "^":
        return power(a, draw(st.integers(0, 3)))
    if kind == "exp":
        return sn.terms.exp(a) if not isinstance(a, float | int | Fraction) else a
    if kind == "min":
        return sn.terms.build("min", a, b)
    return sn.terms.build("piecewise", a, sn.terms.build("<", b, draw(atoms)), b)


@st.composite
def networks(draw):
    """Networks with odd names and all that text can say."""
    pool = draw(st.permutations(NAMES))
    species = [Symbol(name) for name in pool[: draw(st.integers(1, 5))]]
    parameters = [Symbol(name) for name in pool[6 : 6 + draw(st.integers(1, 4))]]
    atoms = st.sampled_from([*species, *parameters, t])
    side = st.dictionaries(st.sampled_from(species), st.integers(1, 3), max_size=2)
    reactions = [
        reaction(
            draw(expressions(atoms)),
            draw(side),
            draw(side),
            name=f"r {i}" if draw(st.booleans()) else None,
            mass_action=draw(st.booleans()),
        )
        for i in range(draw(st.integers(1, 4)))
    ]
    earlier = [parameters[0]]
    values = {}
    for p in parameters:
        values[p] = draw(
            st.one_of(st.none(), NUMBERS, expressions(st.sampled_from(earlier)) if values else NUMBERS)
        )
        earlier.append(p)
    return reaction_network(
        reactions,
        species=species,
        parameters=values,
        initial={
            s: draw(st.one_of(NUMBERS, st.sampled_from(parameters))) for s in species if draw(st.booleans())
        },
        observables={"total": draw(expressions(atoms))},
        fixed=[s for s in species if draw(st.integers(0, 4)) == 0],
        combinatoric=draw(st.booleans()),
    )


@given(networks())
def test_text_reads_back(net):
    assume("= nan" not in net.to_text())  # not equal to itself
    assert reaction_network(net.to_text()) == net
    assert reaction_network(str(net)) == net


@given(st.text(alphabet="kAB+-*<>=,;()\n 02:`#t.→∅", max_size=40))
def test_any_text_is_read_or_refused_with_a_typed_error(text):
    try:
        net = reaction_network(text)
    except SymnumError:
        return
    assert reaction_network(net.to_text()) == net


@pytest.mark.parametrize("terms", ["tree", "canonical", "sympy"])
def test_terms_of_any_structure(terms):
    a, rate = sn.symbols("A rate", terms=terms)
    net = reaction_network([reaction(rate * a, {a: 2}, None)])
    assert reaction_network([reaction(sn.mm(a, rate, 2), {a: 1})]) == reaction_network(
        "mm(A, rate, 2), A --> 0"
    )
    assert net == reaction_network("rate*A, 2A --> 0")
    with sn.use_terms(terms):
        assert reaction_network("rate*A, 2A --> 0") == net


def test_a_rate_law_with_too_few_arguments_is_named():
    with pytest.raises(ParseError, match=r'"mm" takes 3 arguments, mm\(x, v, k\); 2 were given'):
        sn.reaction_network("mm(X, v), 0 => X")


S, E, C, KF = sn.species("S E C k")


@pytest.mark.parametrize(
    "side", ["2S + E", "E + 2*S", 2 * S + E, [S, S, E], [2 * S, "E"], ["2S", E], ["S + S", E], {"S": 2, E: 1}]
)
def test_sides_of_a_reaction_in_every_form(side):
    made = sn.reaction(KF, side, C)
    assert made.reactants == {S: 2, E: 1}
    assert made.products == {C: 1}


@pytest.mark.parametrize("nothing", [None, 0, "0", "∅", [], {}])
def test_nothing_on_one_side(nothing):
    assert sn.reaction(KF, nothing, "C") == sn.reaction(KF, None, [C])


def test_names_in_lists_are_taken_as_they_are():
    names = [s.name for s in sn.reaction(KF, ["EGFR(Y1~U)", "Na+", "x y"]).reactants]
    assert names == ["EGFR(Y1~U)", "Na+", "x y"]
    assert sn.reaction(KF, "`EGFR(Y1~U)` + S").reactants == {sn.Symbol("EGFR(Y1~U)"): 1, S: 1}


@pytest.mark.parametrize(
    "side", [S * E, S**2, S + 1, S / 2, -S, 3, 2.5 * S, "S(a)", "S, E", "", "S +", [[C]], object()]
)
def test_no_side_of_a_reaction(side):
    with pytest.raises(InputError) as caught:
        sn.reaction(KF, side, C)
    assert "{S: 2, E: 1}" in str(caught.value) or "whole number" in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: sn.reaction_network(None),
        lambda: sn.reaction_network(3),
        lambda: sn.ode_system(None),
        lambda: sn.read_model(None),
        lambda: sn.generate("x", "c", "d"),
        lambda: sn.symbols(3),
        lambda: sn.symbols(None),
    ],
)
def test_what_is_no_model_or_name_at_all(make):
    with pytest.raises(InputError, match=r"Give|sn\.reaction_network"):
        make()


def test_observables_in_rates_are_their_expressions():
    a, b, k = sn.symbols("A B k")
    for net in (
        reaction_network("k*tot, A --> B", observables={"tot": "A+B"}),
        reaction_network("k*tot, A --> B\nobservables: tot = A + B"),
        reaction_network([reaction(k * Symbol("tot"), ["A"], ["B"])], observables={"tot": a + b}),
    ):
        assert net.parameters == (k,)
        assert net.reactions[0].rate == k * (a + b)
        assert net.observables == {"tot": a + b}
        assert reaction_network(net.to_text()) == net
        assert net.system().rhs[0] == -k * (a + b) * a


def test_observables_of_observables():
    a, b, k = sn.symbols("A B k")
    net = reaction_network(
        "half*k, A => B; 1, B --> 0; 1.0, A --> 0", observables={"half": "tot/2", "tot": "A+B", "n": 2}
    )
    assert net.observables == {"half": (a + b) / 2, "tot": a + b, "n": 2}
    assert [r.rate for r in net.reactions] == [k * ((a + b) / 2), 1, 1.0]
    assert [type(r.rate) for r in net.reactions[1:]] == [int, float]
    with pytest.raises(InputError, match='circle: "u" needs "v" needs "u"'):
        reaction_network("k, A --> B", observables={"u": "v + A", "v": "2*u"})
    with pytest.raises(InputError, match='circle: "u" needs "u"'):
        reaction_network("k, A --> B", observables={"u": "u + A"})


@pytest.mark.parametrize(
    ("name", "meaning"), [("A", "a species"), ("k", "a parameter"), ("t", "time"), ("B", "a species")]
)
def test_observables_have_names_of_their_own(name, meaning):
    with pytest.raises(DuplicateNameError, match=f'"{name}" is {meaning} and also an observable'):
        reaction_network("k, A --> B", parameters={"k": 1}, observables={name: "2*A"})
    with pytest.raises(DuplicateNameError, match=f'"{name}".*observable'):
        reaction_network(f"k, A --> B; parameters: k = 1; observables: {name} = 2*A")


@pytest.mark.parametrize("side", ["1e300A", "1e300", "2e1", "2E1a", "A + 3e2B"])
def test_numbers_with_exponents_are_no_coefficients(side):
    with pytest.raises(ParseError, match=r"line 1, column \d+: .* number with an exponent"):
        reaction_network(f"k, {side} --> B")


def test_names_that_begin_with_e_are_no_exponents():
    net = reaction_network("k, 2E1 + 2*e2 + 3 e3 --> 0")
    assert net.reactions[0].reactants == {Symbol("E1"): 2, Symbol("e2"): 2, Symbol("e3"): 3}
    assert reaction_network(net.to_text()) == net


def test_powers_in_rates_and_names():
    x, k = sn.symbols("x k")
    net = reaction_network("k·x²/π, x => 0")
    assert net.reactions[0].rate == k * x**2 / sn.pi
    assert names(reaction_network("k, `x²` --> 0").species) == ["x²"]
    with pytest.raises(ParseError, match="backquotes"):
        reaction_network("k, x² --> 0")
