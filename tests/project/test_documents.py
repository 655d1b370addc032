"""What the documents say can be done can be done: their Python runs, their commands exist."""

import re
import shlex
from pathlib import Path

import pytest

from symnum import cli

RUN = (
    "README.md",
    "docs/index.md",
    "docs/tutorial.md",
    "docs/laboratory.md",
    "docs/howto/choose_a_method.md",
    "docs/howto/embed_a_kernel.md",
    "docs/howto/write_rules.md",
    "docs/howto/benchmark_a_ruleset.md",
    "docs/howto/write_a_ruleset.md",
    "docs/howto/simplify_with_an_egraph.md",
    "docs/howto/rewrite_a_model.md",
    "docs/howto/trace_a_function.md",
    "docs/howto/bring_a_numpy_program.md",
    "docs/howto/let_things_happen.md",
    "docs/howto/read_the_structure_of_a_network.md",
    "docs/howto/model_reaction_and_diffusion.md",
    "docs/howto/choose_a_method_for_fields.md",
    "docs/howto/watch_and_store_a_simulation_of_fields.md",
    "docs/howto/run_on_a_gpu.md",
    "docs/howto/solve_algebraic_equations.md",
    "docs/howto/derivatives_and_matrices.md",
    "docs/howto/choose_a_term_structure.md",
    "docs/explanation/stochastic_correctness.md",
    "docs/howto/approximate_stochastic_methods.md",
    "docs/howto/run_ensembles.md",
)
# docs/howto/register_a_term_type.md is run by tests/terms/page_terms.py, and its type held to all that terms must do.
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)


def blocks(path: Path, language: str) -> list[tuple[int, str]]:
    """Return the code blocks of one language with the lines on which they start."""
    text = path.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start()) + 1, found[2])
        for found in BLOCK.finditer(text)
        if found[1] == language
    ]


def all_documents(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *(root / "docs").rglob("*.md")]


@pytest.mark.parametrize("name", RUN)
def test_python_of_the_document_runs(name: str, project_root: Path) -> None:
    found = blocks(project_root / name, "python")
    assert found
    namespace: dict[str, object] = {"__name__": "document"}
    for line, code in found:
        # Blank lines before the code put errors on the document's own line numbers.
        exec(compile("\n" * line + code, name, "exec"), namespace)


def test_make_targets_exist(project_root: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (project_root / "Makefile").read_text(), flags=re.MULTILINE))
    for path in all_documents(project_root):
        text = path.read_text(encoding="utf-8")
        mentioned = set(re.findall(r"`make\s+([\w-]+)[^`]*`|^make ([\w-]+)", text, flags=re.MULTILINE))
        assert {a or b for a, b in mentioned} <= targets, path


def test_commands_are_understood(project_root: Path) -> None:
    """Every `symnum ...` line in a shell block is taken by the parser as it stands."""
    count = 0
    for path in all_documents(project_root):
        for _, text in blocks(path, "sh"):
            for line in text.splitlines():
                words = shlex.split(line.partition(" > ")[0], comments=True)
                if words and words[0].endswith("symnum"):
                    cli._parser().parse_args(words[1:])
                    count += 1
    assert count >= 4


def test_nobody_is_told_to_install_the_other_symnum(project_root: Path) -> None:
    for path in [*all_documents(project_root), project_root / "Makefile", project_root / "pyproject.toml"]:
        assert not re.search(
            r"pip3? install (-\S+ )*symnum(?!-modeling)", path.read_text(encoding="utf-8")
        ), path


def test_links_between_documents_lead_somewhere(project_root: Path) -> None:
    for path in all_documents(project_root):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_models_written_in_the_documents_are_read(project_root: Path) -> None:
    """The text blocks of the page on the text form are models."""
    import symnum as sn

    reactions, equations = (
        text for _, text in blocks(project_root / "docs" / "howto" / "write_a_model_as_text.md", "text")
    )
    assert [s.name for s in sn.reaction_network(reactions).species] == ["S", "E", "C", "P"]
    assert [s.name for s in sn.ode_system(equations).states] == ["x", "y", "z"]
