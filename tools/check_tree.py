"""Check what no linter checks: ARCHITECTURE.md lists every file, functions are short, nothing evaluates text.

`python tools/check_tree.py` prints what is wrong and exits with 1 if anything is; `--update` first rewrites
the listing in ARCHITECTURE.md from the first line of each docstring, so that the two cannot disagree.
"""

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("symnum", "rewriters", "codegen")
LISTED = (*PACKAGES, "benchmarks", "examples", "docs", "tools", "tests")
BEGIN = "<!-- listing: written by tools/check_tree.py --update -->"
END = "<!-- end of listing -->"

LONGEST_FUNCTION = 60  # lines, docstring not counted
LONGEST_FILE = 600
EVALUATES_TEXT = {"eval", "exec", "sympify", "parse_expr", "lambdify"}
# Compiled rules are Python source in mangled names. One file may turn such source into functions, after checking it.
MAKES_FUNCTIONS = {"compile", "FunctionType"}
MAKER_OF_FUNCTIONS = Path("rewriters/generated.py")


def project_files() -> list[Path]:
    """Return the project's files, relative to its root, whether committed yet or not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return sorted(
        path for path in {Path(name) for name in listed.split("\0") if name} if (ROOT / path).is_file()
    )


def python_files(files: list[Path]) -> list[Path]:
    """Return the modules among the files, whose docstrings say what they are."""
    return [path for path in files if path.suffix == ".py" and path.parts[0] in LISTED]


def summary_line(path: Path) -> str:
    """Return the first line of a module's docstring, or an empty string."""
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or ""
    paragraph = docstring.split("\n\n", 1)[0]
    return " ".join(paragraph.split())


def folder_and_name(path: Path) -> tuple[str, bool, str]:
    """Sort key that keeps a folder together and puts its ``__init__.py`` first."""
    return (path.parent.as_posix(), path.name != "__init__.py", path.name)


def listing(files: list[Path]) -> str:
    """Write one line for every file, under a heading for every top-level folder."""
    lines: list[str] = []
    for top in LISTED:
        members = [path for path in files if path.parts[0] == top]
        shown = [(path, summary_line(path)) for path in sorted(members, key=folder_and_name)]
        if shown:
            lines += ["", f"### {top}/", ""]
            lines += [f"- `{path.as_posix()}`: {text}" for path, text in shown if text]
    return "\n".join(lines).strip()


def check_architecture(files: list[Path], *, update: bool) -> Iterator[str]:
    """Compare the listing in ARCHITECTURE.md with the tree, or rewrite it."""
    document = ROOT / "ARCHITECTURE.md"
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not (begin and end):
        yield f"ARCHITECTURE.md: the markers {BEGIN!r} and {END!r} are missing"
        return
    new = listing(files)
    if update:
        document.write_text(f"{before}{begin}\n{new}\n{end}{after}", encoding="utf-8")
    elif old.strip() != new:
        known, wanted = set(old.strip().splitlines()), set(new.splitlines())
        for line in sorted(wanted - known):
            yield f"ARCHITECTURE.md lacks: {line}"
        for line in sorted(known - wanted):
            yield f"ARCHITECTURE.md has what is not so: {line}"
        yield "fix: .venv/bin/python tools/check_tree.py --update"


def check_other_files(files: list[Path]) -> Iterator[str]:
    """Find files that are no modules and that ARCHITECTURE.md does not name, itself or by a pattern."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    patterns = re.findall(r"`([^`\s]+)`", text)
    for path in files:
        if path.suffix != ".py" and not any(fnmatchcase(path.as_posix(), pattern) for pattern in patterns):
            yield f"ARCHITECTURE.md does not name {path}"


def without_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the number of lines of a function, its docstring not counted."""
    first = node.body[0]
    documented = ast.get_docstring(node, clean=False) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


def check_module(path: Path) -> Iterator[str]:
    """Find functions that are too long, and calls that evaluate text."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if (lines := without_docstring(node)) > LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {lines} lines; at most {LONGEST_FUNCTION}"
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in EVALUATES_TEXT:
                yield f"{path}:{node.lineno}: {name}() evaluates text; use the parser in symnum.terms.parsing"
            elif getattr(node.func, "id", "") in MAKES_FUNCTIONS and path != MAKER_OF_FUNCTIONS:
                yield f"{path}:{node.lineno}: {name}() makes code of text; only {MAKER_OF_FUNCTIONS} may"


def long_files(files: list[Path]) -> Iterator[str]:
    """Name the files that deserve a hard look: they may be right as they are, so they are no findings."""
    for path in files:
        if (count := (ROOT / path).read_text(encoding="utf-8").count("\n")) > LONGEST_FILE:
            yield f"note: {path} has {count} lines; could it be two files?"


def check_summaries(files: list[Path]) -> Iterator[str]:
    """Find modules whose docstring has no first line to list; an empty ``__init__.py`` needs none."""
    for path in files:
        if not summary_line(path) and (ROOT / path).read_text(encoding="utf-8").strip():
            yield f"{path}: no module docstring; its first line is what ARCHITECTURE.md shows"


def main() -> int:
    """Run every check and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--update", action="store_true", help="rewrite the listing in ARCHITECTURE.md")
    update = parser.parse_args().update
    everything = project_files()
    files = python_files(everything)
    found = [
        *check_architecture(files, update=update),
        *check_other_files(everything),
        *check_summaries(files),
    ]
    sources = [path for path in files if path.parts[0] in PACKAGES]
    for path in sources:
        found += check_module(path)
    for line in [*found, *long_files(sources)]:
        print(line)
    print(f"{len(everything)} files checked, {len(found)} findings.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
