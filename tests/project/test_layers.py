"""The layers hold, and the checker would see it if they did not."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

# Not the script lint-imports, which may not be on the path.
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); {LINT}"
    return subprocess.run(
        [sys.executable, "-P", "-c", code, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "", "PYTHONPATH": str(folder)},
    )


def test_layers_hold(project_root: Path) -> None:
    result = lint_imports(project_root)
    assert result.returncode == 0, result.stdout + result.stderr


LAYERS = "Each layer imports only what stands below it"
BREACHES = {
    "upwards": ("symnum/terms/a.py", "import symnum.systems", LAYERS),
    "inside a function": ("rewriters/a.py", "def f():\n    from symnum.models import b", LAYERS),
    "between neighbours": ("symnum/integrators/a.py", "import codegen", LAYERS),
    "llvmlite": (
        "symnum/simulators/a.py",
        "import llvmlite",
        "llvmlite is used by codegen, the integrators",
    ),
    "numba": ("codegen/a.py", "def f():\n    import numba", "numba is imported by nobody"),
    "sympy": ("symnum/terms/a.py", "import sympy.core", "sympy is used by the adapter and the door to it"),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_seen(breach: str, tmp_path: Path, project_root: Path) -> None:
    """Build empty packages with our configuration and one forbidden import in them."""
    settings = (project_root / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(settings[settings.index("[tool.importlinter]") :])
    layers = tomllib.loads(settings)["tool"]["importlinter"]["contracts"][0]["layers"]
    for layer in (name.strip("() ") for row in layers for name in row.split("|")):
        folder = tmp_path.joinpath(*layer.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        for package in (folder, tmp_path / layer.split(".")[0]):
            (package / "__init__.py").touch()
    (tmp_path / "symnum/models/b.py").touch()
    assert lint_imports(tmp_path).returncode == 0

    path, line, contract = BREACHES[breach]
    (tmp_path / path).write_text(line)
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert re.search(f"{contract}.* BROKEN", result.stdout)
