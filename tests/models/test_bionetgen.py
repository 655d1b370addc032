"""BioNetGen networks: what the format means, and that reference files are read as they should be."""

import time

import numpy as np
import pytest

import symnum as sn
from symnum.errors import SymnumError, UnsupportedError
from symnum.models.importers.bionetgen import read_bionetgen
from symnum.terms import Constant, Symbol, evaluate, free_symbols, substitute
from tests.models.small_network import SMALL


def parameter_values(net):
    """Numbers for all parameters, by resolving those that depend on others."""
    known = dict(zip(net.parameters, net.parameter_values, strict=True))
    out = {}

    def value(symbol):
        if symbol not in out:
            out[symbol] = float(evaluate(known[symbol], {s: value(s) for s in free_symbols(known[symbol])}))
        return out[symbol]

    for symbol in net.parameters:
        value(symbol)
    return out


def initial_state(net, values):
    return np.array([float(evaluate(v, values)) for v in net.initial_values])


def right_hand_side(net, values, y, t=0.0):
    system = net.system()
    known = {**values, **dict(zip(system.states, y, strict=True)), system.independent: t}
    return np.array(evaluate(list(system.rhs), known), dtype=float)


@pytest.fixture(scope="module")
def small():
    return read_bionetgen(SMALL)


class TestMeaning:
    def test_names(self, small):
        assert [s.name for s in small.species] == ["A(b,s~U)", "B(a)", "F()", "A(b!1,s~U).B(a!1)", "A(b,s~P)"]
        assert [p.name for p in small.parameters] == [
            "Na",
            "V",
            "kp",
            "km",
            "A0",
            "n",
            "kc",
            "kcat",
            "_rateLaw1",
        ]
        assert small.fixed == {2}
        assert not small.combinatoric

    def test_values(self, small):
        values = parameter_values(small)
        assert values[Symbol("kp")] == 1.5
        assert values[Symbol("kc")] == pytest.approx(2 * np.log(2), rel=1e-15)
        assert initial_state(small, values).tolist() == [100, 201, 1, 0, 0]
        assert type(small.parameter_values[4]) is int

    def test_right_hand_side(self, small):
        values = parameter_values(small)
        y = np.array([3.0, 5.0, 2.0, 7.0, 11.0])
        kp, km, half = 1.5, 0.15, 2 * np.log(2) / (5 + 7.0)
        for t, slow in ((5.0, 0.5 * half), (15.0, half)):
            v = [kp * 3 * 5, 2 * km * 7, half * 7, 0.5 * kp * 11**2, 3 * km, km * 5 * 2, 2 * slow * 11]
            expected = [
                -v[0] + v[1] + 2 * v[3] + v[6],
                -v[0] + v[1] + v[2] + v[4] - v[5],
                0.0,
                v[0] - v[1] - v[2],
                v[2] - 2 * v[3] - v[6],
            ]
            np.testing.assert_allclose(right_hand_side(small, values, y, t), expected, rtol=1e-14)

    def test_observables(self, small):
        a, _, _, ab, ap = small.species
        weighted = 2 * a + 0.5 * ab + ap
        assert dict(small.observables) == {
            "Bound": ab,
            "Total_A": a + ab + ap,
            "Weighted": weighted,
            "Nothing": 0,
        }

    def test_no_combinatoric_factors(self, small):
        ap = small.species[4]
        assert small.fluxes.rate_terms(small.species)[3] == 0.5 * Symbol("kp") * ap**2

    def test_constants_and_functions_of_the_format(self):
        text = SMALL.replace("kcat        ln(2)/0.5", "kcat        _pi+log10(100)+rint(2.4)+avg(1,3)+_e^0")
        value = read_bionetgen(text).parameter_values[7]
        assert float(evaluate(value)) == pytest.approx(np.pi + 2 + 2 + 2 + 1, rel=1e-15)
        assert Constant("pi") in value.terms

    def test_gaps_in_reaction_numbers_are_fine(self, small):
        net = read_bionetgen(SMALL.replace("    5 0 2 3*km #_R4\n", ""))
        assert net.n_reactions == 6

    def test_blanks_in_rates_and_windows_line_ends(self, small):
        assert read_bionetgen(SMALL.replace("\n", "\r\n").replace("0.5*kp", "0.5 * kp")) == small

    def test_time_gets_another_name_where_t_is_taken(self):
        net = read_bionetgen(SMALL.replace("Na ", "t "))
        assert net.independent.name == "time"

    def test_mratio_is_refused_by_name(self):
        with pytest.raises(UnsupportedError, match=r"x\.net, line 16.*mratio"):
            read_bionetgen(SMALL.replace("n^2+1", "mratio(1,2,n)"), file="x.net")

    def test_text_form_reads_back(self, small):
        assert sn.reaction_network(small.to_text()) == small

    def test_a_constant_function_is_a_rate_constant(self, small):
        text = SMALL.replace("half #_R2", "K #_R2")
        net = read_bionetgen(text)
        assert sorted(net.fluxes.rates) == [6]
        assert right_hand_side(net, parameter_values(net), np.ones(5))[3] == 1.5 - 0.3 - 5


REFERENCE = {
    "bcr": (128, 1122, 24388, 6),
    "egfr_net": (43, 356, 3749, 5),
    "multisite2": (9, 66, 288, 3),
    "multistate": (9, 9, 18, 3),
}


class TestReferenceFiles:
    @pytest.mark.parametrize("name", REFERENCE)
    def test_counts(self, data_dir, name):
        net = sn.read_model(data_dir / "networks" / f"{name}.net")
        laws = net.conservation_laws()
        assert (len(net.parameters), len(net.species), net.n_reactions, len(laws)) == REFERENCE[name]
        assert abs(laws.matrix @ net.stoichiometry).max() == 0
        assert laws.matrix.data.min() > 0

    def test_bcr_at_the_initial_state(self, data_dir):
        net = sn.read_model(data_dir / "networks" / "bcr.net")
        values = parameter_values(net)
        y = initial_state(net, values)
        f = right_hand_side(net, values, y)
        assert y.sum() == pytest.approx(1790410.88061, abs=1e-5)
        assert np.abs(f).max() == pytest.approx(61.028082, abs=1e-6)
        assert np.abs(f).argmax() == 0
        assert np.linalg.norm(f) == pytest.approx(74.743840, abs=1e-6)
        assert float(
            evaluate(net.observables["PAG1_Csk"], dict(zip(net.species, y, strict=True)))
        ) == pytest.approx(19.26032509597, rel=1e-10)

    def test_bcr_one_equation_equals_that_of_all(self, data_dir):
        net = sn.read_model(data_dir / "networks" / "bcr.net")
        system = net.system()
        for i in (0, 7, 500, 1121):
            assert system.right_hand_side(i) == system.rhs[i]

    def test_fceri_is_read_in_bulk(self, data_dir):
        start = time.process_time()
        net = sn.read_model(data_dir / "networks" / "fceri_gamma2.net")
        net.fluxes
        seconds = time.process_time() - start
        assert (len(net.parameters), len(net.species), net.n_reactions) == (26, 3744, 58276)
        assert seconds < 3.0  # 0.3 s on a quiet machine; one object per reaction takes longer than this

    def test_all_small_files_are_read(self, data_dir):
        files = [f for f in sorted((data_dir / "networks").glob("*.net")) if f.stat().st_size < 50_000]
        assert len(files) >= 12
        for file in files:
            net = sn.read_model(file)
            values = parameter_values(net)
            assert np.isfinite(right_hand_side(net, values, initial_state(net, values) + 1.0)).all()

    @pytest.mark.parametrize("name", ["motor", "test_fixed", "test_sbml_flat", "test_synthesis_simple"])
    def test_trajectories(self, data_dir, name):
        from scipy.integrate import solve_ivp

        net = sn.read_model(data_dir / "networks" / f"{name}.net")
        lines = (data_dir / "networks" / f"{name}.gdat").read_text().splitlines()
        table = np.array([[float(x) for x in line.split()] for line in lines if "time" not in line])
        table = table[: 1 + 8 * ((len(table) - 1) // 8) : (len(table) - 1) // 8]
        values = parameter_values(net)
        solution = solve_ivp(
            lambda t, y: right_hand_side(net, values, y, t),
            (0, table[-1, 0]),
            initial_state(net, values),
            t_eval=table[:, 0],
            method="LSODA",
            rtol=1e-8,
            atol=1e-10,
        )
        known = {**values, **dict(zip(net.species, solution.y, strict=True))}
        got = np.array([np.broadcast_to(evaluate(o, known), len(table)) for o in net.observables.values()]).T
        np.testing.assert_allclose(got, table[:, 1:], rtol=1e-5, atol=1e-6 * np.abs(table[:, 1:]).max())


def test_substitution_reaches_functions(small):
    """A general rate is an ordinary term."""
    rate = small.fluxes.rates[2]
    assert substitute(rate, {small.species[3]: 0}) == 0


def many_reactions(lines):
    head = "begin parameters\n 1 k 2\n 2 q k*3\nend parameters\nbegin species\n"
    species = "".join(f" {i} S{i}() 1\n" for i in range(1, 6))
    return f"{head}{species}end species\nbegin reactions\n" + "".join(lines) + "end reactions\n"


UNIFORM = [
    f" {i} {a} {b} {rate} #_R{i}\n"
    for i, (a, b, rate) in enumerate(
        [("1,2", "3", "k"), ("0", "4,4,5", "2*q"), ("5", "0", "k*q"), ("3,3", "1", "k")], 1
    )
]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [line.split("#")[0] + "\n" for line in lines],
        lambda lines: ["# a comment\n", *lines],
        lambda lines: [lines[0].replace("#_R1", "# a long comment"), *lines[1:]],
        lambda lines: [*lines[:2], "\n", *lines[2:]],
        lambda lines: [lines[0].replace("#_R1", "#_R1#x"), *lines[1:]],
        lambda lines: [line.replace("2*q", "2*q#x") for line in lines],
        lambda lines: [line.replace("2*q", "2 * q") for line in lines],
        lambda lines: [lines[0].replace(" 1 ", " 17 ", 1), *lines[1:]],
        lambda lines: [line.replace("\n", "\r\n") for line in lines],
    ],
)
def test_reactions_read_in_one_go_and_line_by_line_are_the_same(change):
    one_go, other = read_bionetgen(many_reactions(UNIFORM)), read_bionetgen(many_reactions(change(UNIFORM)))
    assert one_go.arrays.n_reactions == 4
    assert one_go.arrays.same_as(other.arrays)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (" 2 0 4,6 2*q #_R2\n", '"6" is not a product'),
        (" 2 0,1 4 2*q #_R2\n", '"0" is not a reactant'),
        (" 2 1,,1 4 2*q #_R2\n", '"" is not a reactant'),
        (" 2 1234567890 4 2*q #_R2\n", '"1234567890" is not a reactant'),
        (" 2 1;1 4 2*q #_R2\n", '"1;1" is not a reactant'),
        (" 2 1 2 k 3 3\n", "k 3 3"),
        (" 2 1 2\n k 3 1\n", "A reaction needs"),
        (" 2 1 2 z #_R2\n", '"z" is neither'),
        (" 1 1 2 k #_R2\n", "first is on line 13"),
    ],
)
def test_a_bad_reaction_among_uniform_ones_is_named_with_its_line(line, message):
    text = many_reactions([UNIFORM[0], line, *UNIFORM[2:]])
    with pytest.raises(SymnumError) as caught:
        read_bionetgen(text, file="bad.net")
    assert "line 14" in str(caught.value)
    assert message in str(caught.value)
