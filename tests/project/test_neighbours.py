"""A foreign package that has taken one of our names is detected and said."""

import subprocess
import sys
from pathlib import Path

import pytest

from symnum.errors import ShadowedPackageError


def import_with(first_on_path: Path, root: Path, statement: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path[:0] = [{str(first_on_path)!r}, {str(root)!r}]; {statement}"
    return subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", ["rewriters", "codegen"])
def test_foreign_neighbour_is_said(name: str, tmp_path: Path, project_root: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    result = import_with(tmp_path, project_root, "import symnum")
    assert result.returncode == 1
    assert f"ShadowedPackageError: symnum needs its own package `{name}`" in result.stderr
    assert str(tmp_path / name) in result.stderr


@pytest.mark.parametrize("name", ["rewriters", "codegen"])
def test_foreign_neighbour_imported_before_is_said(name: str, tmp_path: Path, project_root: Path) -> None:
    (tmp_path / f"{name}.py").write_text("")
    result = import_with(tmp_path, project_root, f"import {name}, symnum")
    assert f"ShadowedPackageError: symnum needs its own package `{name}`" in result.stderr


@pytest.mark.parametrize("name", ["rewriters", "codegen"])
def test_foreign_symnum_is_said(name: str, tmp_path: Path, project_root: Path) -> None:
    (tmp_path / "symnum.py").write_text("")
    result = import_with(tmp_path, project_root, f"import {name}")
    assert result.returncode == 1
    assert f"symnum's package `{name}` found a foreign package named `symnum`" in result.stderr
    assert "symnum-modeling" in result.stderr


def test_packages_elsewhere_are_taken_when_they_carry_the_marker(tmp_path: Path, project_root: Path) -> None:
    (tmp_path / "codegen").mkdir()
    (tmp_path / "codegen" / "__init__.py").write_text("__symnum__ = True")
    assert import_with(tmp_path, project_root, "import symnum").returncode == 0


def test_error_survives_pickling() -> None:
    import pickle

    error = ShadowedPackageError("codegen", None, "/somewhere")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert "not beside it" in str(copy)
