"""Syntax trees of functions, each file being parsed once."""

import ast
import functools
import inspect
from collections.abc import Callable
from typing import Any

from symnum.errors import CompilationError

__all__ = ["function_tree"]


def function_tree(function: Callable[..., Any]) -> ast.FunctionDef | ast.Lambda:
    """Return the syntax tree of a function.

    Raises
    ------
    CompilationError
        If its source text cannot be read.
    """
    code = function.__code__
    try:
        trees = _trees_of_file(inspect.getsourcefile(code) or code.co_filename)
    except (OSError, TypeError, SyntaxError) as error:
        raise CompilationError(f"the source text of {function.__qualname__} cannot be read: {error}") from error
    found = trees.get((code.co_name, code.co_firstlineno), [])
    if not trees:
        raise CompilationError(f"the source text of {function.__qualname__} is in no file; write it into one")
    if not found:
        raise CompilationError(f"the source text of {function.__qualname__} has changed since it was imported")
    if len(found) > 1:
        raise CompilationError(f"line {code.co_firstlineno} has several functions; give each lambda a line of its own")
    return found[0]


@functools.lru_cache(maxsize=256)
def _trees_of_file(file: str) -> dict[tuple[str, int], list[ast.FunctionDef | ast.Lambda]]:
    import linecache

    trees: dict[tuple[str, int], list[ast.FunctionDef | ast.Lambda]] = {}
    for node in ast.walk(ast.parse("".join(linecache.getlines(file)))):
        if isinstance(node, ast.FunctionDef):
            lines = [node.lineno, *(decorator.lineno for decorator in node.decorator_list)]
            trees.setdefault((node.name, min(lines)), []).append(node)
        elif isinstance(node, ast.Lambda):
            trees.setdefault(("<lambda>", node.lineno), []).append(node)
    return trees
