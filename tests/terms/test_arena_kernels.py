"""The arena's machine code: loaded without the compiler, never stale, every source file counted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from symnum.compiling.compiled import CodePackage
from symnum.terms.arena import Arena
from symnum.terms.arena.kernels.compiled import arena_code
from symnum.terms.arena.kernels.sweep import sweep

PROGRAM = """
import sys
from symnum.terms import differentiate, expand, sin, substitute, symbols
x, y = symbols("x y", terms="arena")
substitute(differentiate(expand((x + sin(y)) ** 3), y), {x: y})
print([name for name in ("numba", "scipy", "sympy") if name in sys.modules])
"""


def test_kernels_load_without_the_compiler() -> None:
    Arena().symbol("x")  # compiled by now
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_stored_code_is_private_and_of_these_sources() -> None:
    Arena()
    folder = arena_code.store().folder
    assert folder is not None
    assert folder.stat().st_mode & 0o077 == 0
    assert arena_code.source_key in folder.name
    assert arena_code.store().read(sweep.name, sweep.signature) is not None


def test_an_edit_of_any_kernel_changes_the_key(tmp_path: Path) -> None:
    for path in arena_code.paths:
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
    copies = [tmp_path / path.name for path in arena_code.paths]

    def key() -> str:
        return CodePackage(arena_code.label, arena_code.prefix, copies, print).source_key

    before = key()
    assert key() == before
    files = [file for copy in copies for file in ([copy] if copy.is_file() else sorted(copy.glob("*.py")))]
    assert len(files) > 10
    for file in files:
        text = file.read_text()
        file.write_text(text + "\n")
        assert key() != before, file.name
        file.write_text(text)
    assert key() == before


def test_an_unknown_sweep_does_nothing() -> None:
    arena = Arena()
    count = len(arena)
    assert arena.run(99) == 0
    assert len(arena) == count


@pytest.mark.parametrize(
    "name", ["construct", "reach", "substitute", "expand", "gradients", "sums", "products"]
)
def test_each_operation_is_in_the_file_of_its_name(name: str) -> None:
    folder = arena_code.paths[0]
    assert (folder / f"{name}.py").is_file()
    assert max(len(file.read_text().splitlines()) for file in folder.glob("*.py")) < 300
