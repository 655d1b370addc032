"""`import symnum` is quick and loads nothing heavy; every module can be the first that is imported."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HEAVY = ("numba", "llvmlite", "sympy", "scipy", "matplotlib", "pandas", "numpy")

# Imports one module per forked child, so that each is the first of the tree; the outside packages are loaded
# before, which changes nothing about our own import order and saves minutes.
IMPORT_EACH_FIRST = """
import gc, os, sys, traceback
import numpy, scipy.sparse, llvmlite.binding, sympy
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


def run_python(code: str, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=timeout, check=False
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


def run_at_import(nodes: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the import statements that a module carries out when it is imported itself."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from run_at_import(node.orelse)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        else:
            yield from run_at_import(ast.iter_child_nodes(node))


def import_graph(texts: dict[str, str]) -> dict[str, set[str]]:
    """Return what each module needs to have been imported; packages that it is part of have been begun before it."""
    graph = {}
    for name, text in texts.items():
        needed = set()
        for node in run_at_import(ast.parse(text).body):
            if isinstance(node, ast.Import):
                needed |= {alias.name for alias in node.names}
            else:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    needed.add(inner if inner in texts else str(node.module))
        for target in list(needed):
            parts = target.split(".")
            around = (".".join(parts[:i]) for i in range(1, len(parts)))
            needed |= {package for package in around if not f"{name}.".startswith(f"{package}.")}
        graph[name] = (needed & set(texts)) - {name}
    return graph


def test_imports_have_no_cycles(project_root: Path) -> None:
    """Without cycles it does not matter which module is the first to be imported."""
    texts = {}
    for name in modules(project_root, "symnum", "rewriters", "codegen"):
        path = project_root.joinpath(*name.split("."))
        texts[name] = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
    graph = import_graph(texts)
    assert sum(map(len, graph.values())) > 2 * len(graph)  # imports are found
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize(
    ("texts", "cyclic"),
    [
        ({"a": "", "a.b": "from a import c", "a.c": "import a.b"}, True),
        ({"a": "from a.b import x", "a.b": "from a import y"}, True),
        ({"a": "", "a.b": "import d.e", "d": "import a.b", "d.e": ""}, True),
        ({"a": "from a.b import x", "a.b": "from a import c", "a.c": ""}, False),
        ({"a": "", "a.b": "from a import c", "a.c": "def f():\n    import a.b"}, False),
        ({"a": "", "a.b": "from a import c", "a.c": "if TYPE_CHECKING:\n    import a.b"}, False),
    ],
)
def test_cycles_are_seen(texts: dict[str, str], cyclic: bool) -> None:
    sorter = TopologicalSorter(import_graph(texts))
    if cyclic:
        with pytest.raises(CycleError):
            sorter.prepare()
    else:
        sorter.prepare()


@pytest.mark.slow
def test_every_module_can_be_imported_first(project_root: Path) -> None:
    result = run_python(IMPORT_EACH_FIRST, *modules(project_root, "symnum", "rewriters", "codegen"), timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_module_can_be_imported(project_root: Path) -> None:
    names = modules(project_root, "symnum", "rewriters", "codegen")
    code = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)"
    result = run_python(code, *reversed(names))
    assert result.returncode == 0, result.stderr
