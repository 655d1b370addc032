"""The table of public names, the imports for type checkers, the reference pages and the modules agree."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import symnum as sn


def names_for_type_checkers() -> dict[str, str]:
    """Return the public names that the `if TYPE_CHECKING` block imports, each with its module."""
    tree = ast.parse(Path(sn.__file__).read_text(encoding="utf-8"))
    found = {}
    for block in tree.body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for node in block.body:
                if isinstance(node, ast.ImportFrom):
                    parent = node.module
                    for alias in node.names:
                        assert alias.asname == alias.name, "only `x as x` re-exports for type checkers"
                        is_module = alias.name in sn._MODULES
                        found[alias.name] = f"{node.module}.{alias.name}" if is_module else parent
                elif isinstance(node, ast.Import):
                    found |= {alias.name: alias.name for alias in node.names}
    return found


def test_type_checkers_see_the_table() -> None:
    assert names_for_type_checkers() == sn._HOME | sn._MODULES


def test_no_name_is_listed_twice() -> None:
    names = [name for names in sn._PUBLIC.values() for name in names.split()]
    assert sorted(set(names)) == sorted(names)
    assert not set(names) & set(sn._MODULES)


@pytest.mark.parametrize("name", sn.__all__)
def test_name_can_be_imported_and_is_documented(name: str) -> None:
    value = getattr(sn, name)
    if callable(value):
        assert inspect.getdoc(value), f"{name} has no docstring"


def test_dir_lists_what_is_public_and_nothing_else() -> None:
    assert dir(sn) == sorted(sn.__all__)


def test_unknown_name_suggests_a_close_one() -> None:
    with pytest.raises(AttributeError, match=r'no public name "speceis".*"species"'):
        sn.speceis


def test_reference_lists_every_public_name(project_root: Path) -> None:
    page = (project_root / "docs" / "api" / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^ {3}(\w+)$", page, flags=re.MULTILINE)) == set(sn._HOME)


def test_no_public_name_is_also_a_module_of_the_package() -> None:
    """Importing such a module would put itself in the place of the public object."""
    beside = {path.stem for path in Path(sn.__file__).parent.iterdir()}
    assert not beside & set(sn._HOME)
