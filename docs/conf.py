"""Settings of the documentation: furo, MyST, numpydoc; warnings are errors, the build needs no network."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import symnum  # noqa: E402 - the path above comes first

project = "symnum"
author = "The symnum developers"
copyright = "2026, the symnum developers"
release = version = symnum.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "numpydoc",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"symnum {release}"
# The build fetches nothing: the reader's browser loads MathJax, and shows TeX where it cannot.
html_static_path: list[str] = []

myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
autosummary_imported_members = True
autodoc_typehints = "none"  # numpydoc's parameter sections say the types in words
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

nitpicky = False
suppress_warnings: list[str] = []
