"""The tool that checks the tree finds what it is there to find."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def tool(project_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load tools/check_tree.py and point it at an empty folder."""
    spec = importlib.util.spec_from_file_location("check_tree", project_root / "tools" / "check_tree.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "ARCHITECTURE.md").write_text(f"# Files\n`data/*.txt`\n{module.BEGIN}\n{module.END}\nend\n")
    (tmp_path / "symnum").mkdir()
    return module


def module_with(root: Path, text: str) -> Path:
    path = Path("symnum") / "a.py"
    (root / path).write_text(text)
    return path


def test_a_missing_file_is_found_and_the_update_lists_it(tool: ModuleType, tmp_path: Path) -> None:
    files = [module_with(tmp_path, '"""Adds\nnumbers.\n\nMore.\n"""\n')]
    wanted = "- `symnum/a.py`: Adds numbers."
    assert f"ARCHITECTURE.md lacks: {wanted}" in list(tool.check_architecture(files, update=False))
    assert not list(tool.check_architecture(files, update=True))
    assert wanted in (tmp_path / "ARCHITECTURE.md").read_text()
    assert not list(tool.check_architecture(files, update=False))
    assert f"ARCHITECTURE.md has what is not so: {wanted}" in list(tool.check_architecture([], update=False))


def test_files_that_are_no_modules_have_to_be_named(tool: ModuleType) -> None:
    files = [Path("data/a.txt"), Path("data/a.bin"), Path("symnum/a.py")]
    assert list(tool.check_other_files(files)) == ["ARCHITECTURE.md does not name data/a.bin"]


def test_evaluation_of_text_is_found(tool: ModuleType, tmp_path: Path) -> None:
    path = module_with(tmp_path, "import sympy\nx = sympy.sympify('1')\ny = eval('2')\n")
    assert [line.split(":")[1] for line in tool.check_module(path)] == ["2", "3"]


def test_making_code_of_text_is_found_but_where_it_is_allowed(tool: ModuleType, tmp_path: Path) -> None:
    text = "import re\na = re.compile('x')\nb = compile('1', 'x', 'eval')\n"
    assert "makes code of text" in "".join(tool.check_module(module_with(tmp_path, text)))
    (tmp_path / "rewriters").mkdir()
    (tmp_path / tool.MAKER_OF_FUNCTIONS).write_text(text)
    assert not list(tool.check_module(tool.MAKER_OF_FUNCTIONS))


def test_long_functions_are_found_without_their_docstrings(tool: ModuleType, tmp_path: Path) -> None:
    docstring = '    """Do.\n' + "    more\n" * 50 + '    """\n'
    allowed = "def f():\n" + docstring + "    x = 1\n" * 59
    assert not list(tool.check_module(module_with(tmp_path, allowed)))
    assert len(list(tool.check_module(module_with(tmp_path, allowed + "    x = 1\n")))) == 1


def test_a_module_without_docstring_is_found(tool: ModuleType, tmp_path: Path) -> None:
    assert list(tool.check_summaries([module_with(tmp_path, "x = 1\n")]))
    assert not list(tool.check_summaries([module_with(tmp_path, "\n")]))
