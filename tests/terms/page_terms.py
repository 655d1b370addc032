"""The term type that the page on registering one defines, registered by running the page's own code."""

import re
import sys
from pathlib import Path
from types import ModuleType

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "register_a_term_type.md"
NAME = "record"
_MODULE = "the_page_on_term_types"


def definition() -> str:
    """Return the code of the page that defines and registers the type."""
    return next(block for block in _blocks() if "register_structure(" in block)


def register() -> str:
    """Run the page's code, once in a process, as a module (so that its terms can be pickled); return the name."""
    if _MODULE not in sys.modules:
        module = sys.modules[_MODULE] = ModuleType(_MODULE)
        exec(compile(definition(), str(PAGE), "exec"), module.__dict__)
    return NAME


def run_examples() -> int:
    """Run the other code of the page, which asserts what it says; return the number of its blocks."""
    register()
    others = [block for block in _blocks() if block != definition()]
    for block in others:
        exec(compile(block, str(PAGE), "exec"), dict(sys.modules[_MODULE].__dict__))
    return len(others)


def _blocks() -> list[str]:
    pattern = re.compile(r"^```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
    return pattern.findall(PAGE.read_text(encoding="utf-8"))
