"""The models of the library: structure, known solutions, and the laws of the generated receptor."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from symnum.errors import InputError
from symnum.models import library
from symnum.models.library import receptor_scaffold
from symnum.terms import evaluate, free_symbols


def values_of(model):
    known = dict(zip(model.parameters, model.parameter_values, strict=True))
    return {p: float(evaluate(v, known)) for p, v in known.items()}


def start_of(model, values):
    return np.array([float(evaluate(v, values)) for v in model.initial_values])


def slope(model, values, y, t=0.0):
    system = model.system()
    known = {**values, **dict(zip(system.states, y, strict=True)), system.independent: t}
    return np.array(evaluate(list(system.rhs), known), dtype=float)


@pytest.mark.parametrize("name", library.__all__)
def test_complete(name):
    model = getattr(library, name)()
    values = values_of(model)
    assert model.t_span[0] < model.t_span[1]
    assert np.isfinite(slope(model, values, start_of(model, values))).all()
    used = set(
        free_symbols(
            [*model.system().rhs, *[v for v in model.initial_values if not isinstance(v, float | int)]]
        )
    )
    assert used <= {*model.states, *model.parameters, model.independent}
    assert set(model.parameters) <= used | {model.independent}


@pytest.mark.parametrize("name", ["lorenz", "robertson", "oregonator", "van_der_pol"])
def test_stated_equations(name):
    model = getattr(library, name)()
    p = {s.name: v for s, v in values_of(model).items()}
    y = np.array([2.0, 3.0, 5.0][: len(model.states)])
    expected = {
        "lorenz": [10 * (3 - 2), 2 * (28 - 5) - 3, 2 * 3 - 8 / 3 * 5],
        "robertson": [-0.04 * 2 + 1e4 * 15, 0.04 * 2 - 3e7 * 9 - 1e4 * 15, 3e7 * 9],
        "van_der_pol": [3, 1000 * (1 - 4) * 3 - 2],
    }
    if name == "oregonator":
        a, b = p["A"], p["B"]
        x_, y_, z_ = dict(zip((s.name for s in model.states), y, strict=True)), None, None
        x_, y_, z_ = x_["X"], x_["Y"], x_["Z"]
        rates = {
            "X": p["k1"] * a * y_ - p["k2"] * x_ * y_ + p["k3"] * a * x_ - 2 * p["k4"] * x_**2,
            "Y": -p["k1"] * a * y_ - p["k2"] * x_ * y_ + p["f"] / 2 * p["kc"] * b * z_,
            "Z": 2 * p["k3"] * a * x_ - p["kc"] * b * z_,
        }
        expected[name] = [rates[s.name] for s in model.states]
    np.testing.assert_allclose(slope(model, values_of(model), y), expected[name], rtol=1e-13)


class TestReceptorScaffold:
    @pytest.mark.parametrize("sites", [1, 2, 3, 4])
    def test_size(self, sites):
        net = receptor_scaffold(sites)
        assert len(net.species) == 2 * 3 ** (sites - 1) * (2 * sites + 3) + sites + 3
        assert len({s.name for s in net.species}) == len(net.species)

    def test_default_is_a_few_thousand_reactions(self):
        net = receptor_scaffold()
        assert (len(net.species), net.n_reactions) == (601, 3186)
        rates = [v for p, v in values_of(net).items() if p.name[0] == "k"]
        assert max(rates) / min(rates) > 1e6

    @pytest.mark.parametrize("sites", [1, 2, 3])
    def test_conservation_laws_are_the_totals(self, sites):
        net = receptor_scaffold(sites)
        names = [s.name for s in net.species]
        receptors = [n.partition("_") for n in names]

        def total(free, count):
            return [
                int(name == free) if not bar else count(head, sites_)
                for name, (head, bar, sites_) in zip(names, receptors, strict=True)
            ]

        expected = [
            total("L", lambda head, _: int(head == "LR")),
            total("", lambda head, _: 1),
            total("K", lambda _, p: p.count("K")),
            total("F", lambda _, p: p.count("F")),
            *(total(f"A{i + 1}", lambda _, p, i=i: int(p[i] == "A")) for i in range(sites)),
        ]
        found = net.conservation_laws().matrix.toarray().tolist()
        assert sorted(found) == sorted(expected)

    def test_observables_count_what_they_say(self):
        net = receptor_scaffold(2)
        amounts = {s: float(i + 1) for i, s in enumerate(net.species)}
        by_name = {s.name: v for s, v in amounts.items()}
        bound = sum(v for n, v in by_name.items() if n.startswith("LR_"))
        phosphorylated = sum(
            v * sum(n.split("_")[1].count(c) for c in "PAF") for n, v in by_name.items() if "_" in n
        )
        assert evaluate(net.observables["bound_ligand"], amounts) == bound
        assert evaluate(net.observables["phosphorylated_sites"], amounts) == phosphorylated
        assert evaluate(net.observables["A2_bound"], amounts) == sum(
            v for n, v in by_name.items() if n.endswith("A") and "_" in n
        )

    def test_trajectory_responds_to_ligand_and_conserves(self):
        net = receptor_scaffold(2)
        values = values_of(net)
        start = start_of(net, values)
        fluxes, stoichiometry = net.fluxes, net.stoichiometry
        constants = np.array([float(evaluate(c, values)) for c in fluxes.constants])[fluxes.constant_index]
        first, count = fluxes.reactant_offsets[:-1], np.diff(fluxes.reactant_offsets)
        second = fluxes.reactants[np.where(count == 2, first + 1, first)]

        def slopes(t, y):
            return stoichiometry @ (
                constants * y[fluxes.reactants[first]] * np.where(count == 2, y[second], 1.0)
            )

        np.testing.assert_allclose(
            slopes(0.0, start + 1), slope(net, values, start + 1), rtol=1e-12, atol=1e-12
        )

        def phosphorylated(initial):
            solution = solve_ivp(slopes, (0, 200), initial, method="LSODA", rtol=1e-6, atol=1e-8)
            totals = net.conservation_laws().matrix @ solution.y
            np.testing.assert_allclose(
                totals, totals[:, :1].repeat(solution.y.shape[1], 1), rtol=1e-9, atol=1e-9
            )
            known = dict(zip(net.species, solution.y, strict=True))
            return evaluate(net.observables["phosphorylated_sites"], known)[-1]

        assert phosphorylated(start) > 20
        assert phosphorylated(np.where([s.name == "L" for s in net.species], 0.0, start)) < 1

    @pytest.mark.parametrize("sites", [0, 9, -1, 1.5, True, "2"])
    def test_sites_out_of_range(self, sites):
        with pytest.raises(InputError, match="sites"):
            receptor_scaffold(sites)
