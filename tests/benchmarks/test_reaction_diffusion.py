"""The benchmark of fields notices wrong answers; its peers' programs compute the same."""

import json

import numpy as np
import pytest
from harness import WrongAnswer
from reaction_diffusion_peers import brusselator as bruss
from reaction_diffusion_peers import gray_scott as gray
from reaction_diffusion_peers import matrix_program as mp
from reaction_diffusion_peers.processes import Peer, missing
from reaction_diffusion_questions import large_brusselator, plot, right_hand_side, source_disc, throughput
from reaction_diffusion_questions import traced_program as traced


@pytest.fixture(scope="module")
def end():
    """The matrix program's end by SciPy at the problem's tolerances."""
    return mp.scipy_problem("published").solve(mp.RTOL, mp.ATOL)


def test_matrix_program_by_scipy(end):
    assert traced.check_published(end, traced.LOOSE) < traced.LOOSE
    for change, name in (([1e-3, 0, 0], "mean of A"), ([0, 1e-3, -1e-3], "mean of B")):  # the law holds in both
        with pytest.raises(WrongAnswer, match=name):
            traced.check_published(end + np.reshape(change, (3, 1, 1)), 2 * traced.LOOSE)
    assert mp.scipy_problem("published").jacobian(0.0, np.ones(3 * mp.N**2)).nnz == mp.ENTRIES


@pytest.mark.parametrize("variant", mp.PROGRAMS)
def test_jacobian_of_the_matrix_program(variant, rng):
    problem = mp.scipy_problem(variant)
    y, direction = rng.random((2, 3 * mp.N**2))
    change = problem.f(0.0, y + 1e-5 * direction) - problem.f(0.0, y - 1e-5 * direction)
    assert np.allclose(problem.jacobian(0.0, y) @ direction, change / 2e-5, atol=1e-6)


def test_law_is_checked_everywhere(end):
    wrong = end.copy()
    wrong[1, 17, 5] *= 1.001
    assert traced.check_law(end, mp.END, traced.LOOSE) < traced.LOOSE
    for checked in (lambda: traced.check_law(wrong, mp.END, traced.LOOSE), lambda: traced.check_published(wrong, 1e-4)):
        with pytest.raises(WrongAnswer, match="B \\+ C"):
            checked()


def test_every_value_of_the_second_variant_is_checked(end):
    wrong = end.copy()
    wrong[0, 30, 2] *= 1.001
    assert traced.check_against(end, end, traced.LOOSE) == 0.0
    with pytest.raises(WrongAnswer, match="a value differs"):
        traced.check_against(wrong, end, traced.CORNER_LOOSE)
    with pytest.raises(WrongAnswer, match="a value differs"):
        traced.check_against(np.full_like(end, end[1, 0, 0] / 2 + end[2, 0, 0] / 2), end, traced.CORNER_LOOSE)


def test_second_variant_is_two_dimensional():
    fed = mp.FEED["corner"]
    assert np.ptp(fed, axis=0).any()
    assert np.ptp(fed, axis=1).any()
    assert not np.ptp(mp.FEED["published"], axis=0).any()


def test_steps_of_gray_and_scott():
    expected = np.array(gray.numpy_steps(*gray.initial(12), 6))
    assert throughput.check_state("same", expected.copy(), expected) == 0.0
    one_step_less = np.array(gray.numpy_steps(*gray.initial(12), 5))
    closed = expected.copy()
    closed[0, 0, 0] += 1e-9
    for wrong in (one_step_less, closed, expected[:, :-1], expected * np.nan):
        with pytest.raises(WrongAnswer, match="tool"):
            throughput.check_state("tool", wrong, expected)


def test_dead_fields_are_noticed():
    u, v = gray.numpy_steps(*gray.initial(32), 200)
    throughput.check_alive("tool", np.array([u, v]))
    for wrong in (v * 1e-300, v * 10, v * np.nan):
        with pytest.raises(WrongAnswer, match="after all turns"):
            throughput.check_alive("tool", np.array([u, wrong]))


def test_peer_in_a_process_of_its_own():
    peer = Peer("numpy_tool", 12)
    assert peer.facts["version"] == np.__version__
    assert peer.seconds(4) >= 0.0
    assert throughput.check_state("NumPy", peer.state(), np.array(gray.numpy_steps(*gray.initial(12), 6))) == 0.0
    peer.close()
    assert peer.process.returncode == 0


def test_missing_peer_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMNUM_PEERS", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install --target FOLDER/devito devito" in str(missing("devito_tool"))
    (tmp_path / "devito").mkdir()
    assert missing("devito_tool") is None


def test_right_hand_side(rng):
    y = bruss.initial(8) + 0.1 * rng.random((2, 8, 8))
    dy = bruss.numpy_rhs(2.0, y, 8)
    assert right_hand_side.check_derivatives(2.0, y, dy, 8) == 0.0
    with pytest.raises(WrongAnswer, match="right-hand side"):
        right_hand_side.check_derivatives(1.0, y, dy, 8)  # before the source is on
    with pytest.raises(WrongAnswer, match="right-hand side"):
        right_hand_side.check_derivatives(2.0, y, dy.reshape(2, 8, 8).transpose(0, 2, 1), 8)


def test_fourier_modes():
    from scipy.integrate import solve_ivp

    n, t = 16, 0.01
    found = bruss.fourier_solution(n, t, 200)
    sharp = solve_ivp(lambda t, y: bruss.numpy_rhs(t, y, n), (0.0, t), bruss.initial(n).ravel(), rtol=1e-9, atol=1e-9)
    assert np.allclose(found.ravel(), sharp.y[:, -1], atol=1e-7)
    assert large_brusselator.check_fields(t, found * (1 + 1e-4), found) < large_brusselator.ALLOWED
    wrong = found.copy()
    wrong[1, 3, 4] *= 1.01
    for state in (wrong, found[::-1], found[:, ::2]):
        with pytest.raises(WrongAnswer, match="the solution"):
            large_brusselator.check_fields(t, state, found)


def test_means_of_the_brusselator_with_source():
    early, late = source_disc.MEANS[2.0], source_disc.MEANS[5.0]
    fields = np.ones((2, 4, 4)) * np.reshape(early, (2, 1, 1))
    assert source_disc.check_means("t = 2", fields, early) < 1e-15
    with pytest.raises(WrongAnswer, match="t = 5, mean of u"):
        source_disc.check_means("t = 5", fields, late)
    with pytest.raises(WrongAnswer, match="mean of v"):
        source_disc.check_means("t = 2", fields * [[[1.0]], [[1.0 + 2e-6]]], early)


def test_sharp_means_begin_anew_at_the_source():
    (found,) = bruss.sharp_means((1.2,), n=4, tolerance=1e-6)
    (sharper,) = bruss.sharp_means((1.2,), n=4, tolerance=1e-8)
    assert np.allclose(found, sharper, rtol=1e-5)


def test_stored_figures_draw(tmp_path, project_root):
    path = project_root / "benchmarks" / "results" / "reaction_diffusion.json"
    plot.plot(json.loads(path.read_text(encoding="utf-8"))["figures"], tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 10_000
