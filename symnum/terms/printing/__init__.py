"""Showing terms: plain text that reads back, unicode, LaTeX and HTML; large terms are cut short."""

import importlib
from collections.abc import Callable
from typing import Any

from symnum.terms.canonical import renderers


def _lazy(module: str, function: str) -> Callable[[Any], str]:
    def render(term: Any) -> str:
        found: Callable[[Any], str] = getattr(importlib.import_module(f"{__name__}.{module}"), function)
        return found(term)

    return render


renderers["plain"] = _lazy("plain", "plain")
renderers["short"] = _lazy("plain", "short")
renderers["latex"] = _lazy("latex", "display_latex")
renderers["html"] = _lazy("html", "html")
