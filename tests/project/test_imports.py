"""`import symnum` is quick and loads nothing heavy; every module can be the first that is imported."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("numba", "llvmlite", "sympy", "scipy", "matplotlib", "pandas", "numpy")

# Imports one module per forked child, so that each is the first of the tree; the outside packages are loaded
# before, which changes nothing about our own import order and saves minutes.
IMPORT_EACH_FIRST = """
import gc, os, sys, traceback
import numpy, scipy.sparse, numba, llvmlite.binding, sympy
gc.freeze()
failed = 0
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            __import__(name)
        except BaseException:
            print("import", name)
            traceback.print_exc(limit=-3, file=sys.stdout)
            sys.stdout.flush()
            os._exit(1)
        os._exit(0)
    failed += os.waitpid(child, 0)[1] != 0
sys.exit(failed != 0)
"""


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def modules(root: Path, *packages: str) -> list[str]:
    """Return the dotted names of all modules, without the ones that act when imported."""
    files = [path.relative_to(root) for package in packages for path in (root / package).rglob("*.py")]
    names = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files]
    return sorted(name for name in names if not name.endswith("__main__"))


def test_import_symnum_loads_nothing_heavy() -> None:
    code = f"import sys, symnum; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert run_python(code).stdout.strip() == "[]"


def test_import_symnum_is_quick() -> None:
    code = "import time; s = time.process_time(); import symnum; print(time.process_time() - s)"
    seconds = min(float(run_python(code).stdout) for _ in range(3))
    assert seconds <= 0.15


def test_terms_systems_and_models_load_no_compiler_or_solver(project_root: Path) -> None:
    names = modules(project_root, "symnum/terms", "symnum/systems", "symnum/models", "rewriters")
    names.remove("symnum.terms.sympy_terms")  # the adapter, loaded when a SymPy expression is met
    forbidden = [m for m in HEAVY if m != "numpy"]
    code = (
        "import sys, importlib\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        f"print([m for m in {forbidden!r} if m in sys.modules])"
    )
    result = run_python(code, *names)
    assert result.stdout.strip() == "[]", result.stderr


def test_every_module_can_be_imported_first(project_root: Path) -> None:
    result = run_python(IMPORT_EACH_FIRST, *modules(project_root, "symnum", "rewriters", "codegen"))
    assert result.returncode == 0, result.stdout + result.stderr
