"""Pictures show the fields: the artists hold their values, with labels, units and colour bars."""

import base64
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

import symnum as sn
from symnum.errors import InputError, MissingDependencyError, UnknownNameError, UnsupportedError
from symnum.simulators.fields.plotting.film_writers import find_ffmpeg
from tests.simulators.fields.field_models import heat

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def line():
    return sn.build_simulator(heat()).solve((0.0, 1.0), t_eval=np.linspace(0, 1, 5))


@pytest.fixture(scope="module")
def plane():
    return sn.build_simulator(heat(2, 6)).solve((0.0, 1.0), t_eval=np.linspace(0, 1, 5))


@pytest.fixture(scope="module")
def disc():
    model = sn.reaction_diffusion(
        {"u": "laplacian(u)"}, grid=sn.Grid(r=(0, 1, 8), geometry="polar"), initial={"u": "1 - r^2"}, name="disc"
    )
    return sn.build_simulator(model).solve((0.0, 0.1), t_eval=[0.0, 0.1])


def test_one_axis_is_a_line_with_units(line):
    ax = line.plot("u", t=0.5)
    x, values = ax.get_lines()[0].get_data()
    np.testing.assert_allclose(x, (np.arange(16) + 0.5) / 16)
    np.testing.assert_array_equal(values, line["u"][2])
    assert ax.get_xlabel() == "x (mm)"
    assert ax.get_ylabel() == "u (mM)"
    assert ax.get_title(loc="left") == "heat: t = 0.5"


def test_several_times_are_several_lines_with_a_legend(line):
    ax = line.plot("u", t=[0, 1])
    np.testing.assert_array_equal([each.get_ydata() for each in ax.get_lines()], line["u"][[0, 4]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["t = 0", "t = 1"]


def test_two_axes_are_an_image_with_the_first_axis_to_the_right(plane):
    ax = plane.plot("u", t=0)
    image = ax.get_images()[0]
    np.testing.assert_array_equal(image.get_array(), plane["u"][0].T)
    assert image.get_extent() == [0.0, 1.0, 0.0, 1.0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (mm)", "y (mm)")
    bar = [axes for axes in ax.figure.axes if axes is not ax]
    assert len(bar) == 1
    assert bar[0].get_ylabel() == "u (mM)"


def test_of_very_many_cells_some_are_shown(plane, monkeypatch):
    monkeypatch.setattr("symnum.simulators.fields.plotting.panels._MOST_CELLS", 3)
    image = plane.plot("u", t=0).get_images()[0]
    np.testing.assert_array_equal(image.get_array(), plane["u"][0][::2, ::2].T)
    assert image.get_extent() == [0.0, 1.0, 0.0, 1.0]


def test_images_at_several_times_have_their_colours_in_common(plane):
    panels = plane.plot("u", t=[0, 0.5, 1])
    assert panels.shape == (3,)
    limits = {axes.get_images()[0].get_clim() for axes in panels}
    assert limits == {(plane["u"].min(), plane["u"].max())}
    assert [axes.get_title(loc="left") for axes in panels] == ["t = 0", "t = 0.5", "t = 1"]


def test_values_on_both_sides_of_zero_get_a_diverging_map_about_zero():
    model = sn.reaction_diffusion({"u": "0"}, grid=sn.Grid(x=(0, 1, 4), y=(0, 1, 4)), initial={"u": "x - 0.4"})
    ax = sn.build_simulator(model).solve((0.0, 1.0), t_eval=[1.0]).plot("u")
    image = ax.get_images()[0]
    low, high = image.get_clim()
    assert low == -high == pytest.approx(-0.475)
    assert image.get_cmap().name == "RdBu_r"


def test_three_axes_are_cut_where_asked():
    sol = sn.build_simulator(heat(3, 4)).solve((0.0, 0.1), t_eval=[0.1])
    ax = sol.plot("u", at={"x": 0.1}, keep="yz")
    np.testing.assert_array_equal(ax.get_images()[0].get_array(), sol["u"][0][0].T)
    assert "x = 0.125 mm" in ax.get_title(loc="left") or "x = 0.125 mm" in ax.figure.get_suptitle()
    ax = sol.plot("u", keep="z")
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), sol["u"][0][1, 1])


def test_a_radius_is_a_line_or_a_disc(disc):
    np.testing.assert_array_equal(disc.plot("u").get_lines()[0].get_ydata(), disc["u"][-1])
    ax = disc.plot("u", disc=True)
    mesh = ax.collections[0].get_array()
    assert mesh.shape[0] == 8
    np.testing.assert_array_equal(mesh[:, 17], disc["u"][-1])


def test_discs_are_of_radial_grids_only(line):
    with pytest.raises(InputError, match="fields along a radius"):
        line.plot("u", disc=True)


def test_kymographs_show_space_against_time(line, plane):
    ax = line.plot_kymograph("u")
    np.testing.assert_array_equal(ax.collections[0].get_array(), line["u"].T)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("t", "x (mm)")
    assert ax.get_xlim() == (0.0, 1.0)
    ax = line.plot_kymograph("u", transpose=True)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (mm)", "t")
    ax = plane.plot_kymograph("u", along="y", at={"x": 0.9})
    np.testing.assert_array_equal(ax.collections[0].get_array(), plane["u"][:, 5].T)
    with pytest.raises(InputError, match="at least two times"):
        sn.build_simulator(heat()).solve((0.0, 1.0), t_eval=[1.0]).plot_kymograph()


def test_integrals_against_time(line):
    ax = line.plot_integrals()
    assert [each.get_label() for each in ax.get_lines()] == ["total"]
    np.testing.assert_allclose(line.plot_integrals("u").get_lines()[0].get_ydata(), line.mean("u"))


@pytest.mark.parametrize("which", ["line", "plane", pytest.param("disc", marks=pytest.mark.slow)])
def test_films_have_as_many_pictures_as_wanted(which, request, tmp_path):
    from PIL import Image

    sol = request.getfixturevalue(which)
    path = sol.movie(tmp_path / "out.gif", "u", fps=5, dpi=40, frames=2)
    with Image.open(path) as film:
        assert film.n_frames == 2
        first = np.asarray(film.convert("RGB"))
        film.seek(film.n_frames - 1)
        assert np.any(first != np.asarray(film.convert("RGB")))


@pytest.mark.parametrize("kind", ["mp4", pytest.param("webm", marks=pytest.mark.slow)])
def test_films_by_ffmpeg_can_be_decoded(plane, tmp_path, kind):
    path = plane.movie(tmp_path / f"out.{kind}", "u", fps=5, dpi=41, frames=3)
    shown = decoded(path, 41)
    assert shown.shape[0] == 3
    middle = shown[:, shown.shape[1] // 2, 20:120].astype(float)
    assert np.abs(middle[0] - middle[2]).mean() > 5.0  # the cosine dies out
    still = plane.movie(tmp_path / "out.gif", "u", fps=5, dpi=41, frames=3)
    from PIL import Image

    with Image.open(still) as film:
        same = np.asarray(film.convert("RGB"), float)
    height, width = shown.shape[1:3]
    assert np.abs(same[:height, :width] - shown[0]).mean() < 10.0


def decoded(path, dpi):
    """Return all pictures of a film, shape (pictures, height, width, 3); width and height are even."""
    program = find_ffmpeg()
    command = [program, "-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    content = subprocess.run(command, check=True, capture_output=True).stdout
    width, height = (round(inches * dpi) // 2 * 2 for inches in (5.2, 4.2))
    return np.frombuffer(content, np.uint8).reshape(-1, height, width, 3)


def test_films_show_themselves_in_notebooks(line, tmp_path, monkeypatch):
    path = line.movie(tmp_path / "out.gif", "u", dpi=30, frames=2)
    content = base64.b64encode((tmp_path / "out.gif").read_bytes()).decode()
    assert f"data:image/gif;base64,{content}" in path._repr_html_()
    (tmp_path / "out.mp4").write_bytes(b"0123")
    assert "<video controls loop" in path.with_suffix(".mp4")._repr_html_()
    monkeypatch.setattr("symnum.simulators.fields.plotting.film.LARGEST", 3)
    assert "4 B: too large" in path.with_suffix(".mp4")._repr_html_()
    assert path.parent._repr_html_() is None


def test_ffmpeg_of_the_system_goes_first(tmp_path, monkeypatch):
    own = tmp_path / "ffmpeg"
    own.write_text("#!/bin/sh\necho no such codec >&2; exit 1")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert find_ffmpeg() == str(own)


def test_films_that_cannot_be_written(line, tmp_path, monkeypatch):
    with pytest.raises(UnsupportedError, match=r"choose out\.gif or out\.mp4"):
        line.movie(tmp_path / "out.txt")
    with pytest.raises(InputError, match="fps is -1"):
        line.movie(tmp_path / "out.gif", fps=-1)
    with pytest.raises(InputError, match="there is no folder"):
        line.movie(tmp_path / "none" / "out.gif")
    monkeypatch.setattr("symnum.simulators.fields.plotting.film_writers.find_ffmpeg", lambda: "false")
    with pytest.raises(UnsupportedError, match=r"cannot write .*it has failed; choose another"):
        line.movie(tmp_path / "out.mp4", frames=1)
    monkeypatch.setattr("symnum.simulators.fields.plotting.film_writers.find_ffmpeg", lambda: None)
    with pytest.raises(MissingDependencyError, match=r'the extra "fields", which brings it.*out\.gif'):
        line.movie(tmp_path / "out.mp4")


def test_without_ffmpeg_and_the_package_there_is_none(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert find_ffmpeg() is None


def test_names_that_do_not_exist(plane):
    with pytest.raises(UnknownNameError, match='no field "w"'):
        plane.plot("w")
    with pytest.raises(UnknownNameError, match='no axis "q"; there are x, y'):
        plane.plot("u", at={"q": 0.0})


def test_the_plot_tracker_writes_films_and_pictures(tmp_path):
    from PIL import Image

    simulator = sn.build_simulator(heat(2, 6))
    film = sn.track.plot("u", every=1.0, path=tmp_path / "run.gif", limits=(1, 3))
    pictures = sn.track.plot("u", every=1.0, path=str(tmp_path / "u_{number:02d}_{t:.1f}.png"))
    simulator.solve((0.0, 1.0), trackers=[film, pictures])
    with Image.open(tmp_path / "run.gif") as made:
        assert made.n_frames == 2
    assert sorted(p.name for p in tmp_path.glob("*.png")) == ["u_00_0.0.png", "u_01_1.0.png"]
    image = film.figure.axes[0].get_images()[0]
    assert image.get_clim() == (1.0, 3.0)
    assert "t = 1" in film.figure.axes[0].get_title(loc="left")


def test_times_and_places_that_are_not_there_are_refused():
    plane = sn.build_simulator(heat(2)).solve((0.0, 1.0), t_eval=[0.0, 1.0])
    with pytest.raises(InputError, match=r"no frame was kept at or near t = 0.4; the closest is at 0"):
        plane.plot("u", t=0.4)
    with pytest.raises(InputError, match="at or near t = 50"):
        plane.plot("u", t=50.0)
    with pytest.raises(InputError, match="y = 5 lies outside of the grid, 0 to 1"):
        plane.plot("u", at={"y": 5.0})
    assert plane.plot("u", t=0.999).figure.get_suptitle().endswith("t = 1")
