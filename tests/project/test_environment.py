"""The script that makes the environment says what is missing instead of failing with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def make_environment(folder: Path, root: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(root / "tools" / "make_environment.sh"), str(folder)],
        cwd=root,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def python_without_ensurepip(tmp_path: Path) -> Path:
    """Make an interpreter that runs everything but cannot import ensurepip, as Debian's cannot by default."""
    script = tmp_path / "python3"
    script.write_text(
        "#!/bin/sh\n"
        'case "$2" in *ensurepip*) echo "No module named ensurepip" >&2; exit 1;; esac\n'
        f'exec {sys.executable} "$@"\n'
    )
    script.chmod(0o755)
    return script


@pytest.fixture
def old_python(tmp_path: Path) -> Path:
    script = tmp_path / "python3"
    script.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    script.chmod(0o755)
    return script


def test_missing_ensurepip_names_the_system_package(
    python_without_ensurepip: Path, tmp_path: Path, project_root: Path
) -> None:
    result = make_environment(tmp_path / "env", project_root, PYTHON=str(python_without_ensurepip))
    assert result.returncode == 1
    assert "apt install python3-venv" in result.stderr
    assert f"python3.{sys.version_info.minor}-venv" in result.stderr
    assert not (tmp_path / "env").exists()


def test_a_chosen_python_that_is_too_old_is_refused(
    old_python: Path, tmp_path: Path, project_root: Path
) -> None:
    result = make_environment(tmp_path / "env", project_root, PYTHON=str(old_python))
    assert result.returncode == 1
    assert f"PYTHON={old_python} is not a working Python 3.11 or newer" in result.stderr


def test_no_recent_python_on_the_path_is_said(old_python: Path, tmp_path: Path, project_root: Path) -> None:
    result = make_environment(tmp_path / "env", project_root, PATH=str(old_python.parent))
    assert result.returncode == 1
    assert "symnum needs Python 3.11 or newer; on the path there is: Python 3.9.2" in result.stderr
    assert "make PYTHON=" in result.stderr
