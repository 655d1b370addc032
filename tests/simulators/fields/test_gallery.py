"""The scripts of the gallery run, small, and draw their picture."""

import runpy
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

import symnum as sn

mpl.use("Agg")

SCRIPTS = sorted((Path(__file__).resolve().parents[3] / "examples" / "gallery").glob("*.py"))
SMALL = {"kuramoto_sivashinsky": 128, "fisher_front": 160, "gene_circuit": 60}


def test_the_gallery_is_complete():
    names = {path.stem for path in SCRIPTS}
    assert names >= {
        "gray_scott", "brusselator", "schnakenberg", "fitzhugh_nagumo", "cahn_hilliard", "kuramoto_sivashinsky",
        "fisher_front", "gene_circuit",
    }  # fmt: skip
    for path in SCRIPTS:
        assert 10 <= len(path.read_text(encoding="utf-8").splitlines()) <= 40, path.name


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_draws_its_picture(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(path), str(SMALL.get(path.stem, 16))])
    names = runpy.run_path(str(path))
    plt.close("all")
    solution = names["solution"]
    assert solution.status in (sn.Status.SUCCESS, sn.Status.STEADY_STATE)
    assert np.isfinite(solution.frames).all()
    assert (tmp_path / f"{path.stem}.png").stat().st_size > 5000


def test_pictures_in_the_documentation_are_small_and_there(project_root):
    folder = project_root / "docs" / "gallery"
    page = (folder / "index.md").read_text(encoding="utf-8")
    for path in SCRIPTS:
        picture = folder / f"{path.stem}.png"
        assert picture.stat().st_size <= 150_000
        assert f"{path.stem}.png" in page
        assert f"gallery/{path.name}" in page
