"""What a tape is predicted to cost: the instructions that it becomes, at the prices of the cost model."""

import re

import llvmlite.binding as llvm
import pytest

import symnum as sn
from codegen.kernel import STAGE_SLOTS
from codegen.llvm_text import emit_llvm
from codegen.native import _target_machine, object_code, triple
from codegen.rewrite_terms import expressions_tape
from codegen.tape_cost import arithmetic, tape_cost
from codegen.x86_64.module import available
from rewriters.egraph.costs import get_cost_model
from rewriters.egraph.costs.table import prices

x, y, z, a, b, c = sn.symbols("x y z a b c")
k, h = sn.symbols("k h")

TERMS = [
    x * y + z,
    x * y - z,
    z - x * y,
    x * y + a * b,
    x * y + a * b + c,
    x * y + a * b + c + z,
    x * y + a * b + c * z + x * z - y * a - b * c,
    x * y * z - a * b - c,
    x + y + z - a - b - c,
    x**2 + y,
    x**7 + y,
    3 * x + y,
    3 * x - 5 * y + z / 3,
    x / y,
    x * y / (z * a * b),
    1 / x**3,
    x / y + z,
    x / y + a * b,
    k * x + h * y,
    8 * k * x / h**2 - 3 * k * y / h**2 + z,
    (x * y + z) ** 2 + (x * y + z) * a,
    (x + y * z) * (a - b * c) / (x + 2),
]
INSTRUCTION = {
    "add": r"v?(add|sub)sd",
    "multiply": r"v?mulsd",
    "multiply_add": r"vfn?m(add|sub)\w*sd",
    "divide": r"v?divsd",
}


def instructions(tape):
    """Count the instructions of the compiled tape, without those of the parameter stage."""
    text = emit_llvm(tape, "rhs", STAGE_SLOTS["rhs"], triple()).text
    object_code(text, 1)  # which also makes LLVM ready
    module = llvm.parse_assembly(text, context=llvm.create_context())
    code = _target_machine(1).emit_assembly(module)
    bodies = re.findall(r"^(rhs_(?:main|rest)_\w*):(.*?)^\.Lfunc_end", code, re.MULTILINE | re.DOTALL)
    assert bodies
    body = "\n".join(text for _, text in bodies)
    return {kind: len(re.findall(rf"^\s+{name}\b", body, re.MULTILINE)) for kind, name in INSTRUCTION.items()}


@pytest.mark.skipif(not available(), reason="another processor")
@pytest.mark.parametrize("term", TERMS, ids=str)
def test_arithmetic_is_that_of_the_machine_code(term):
    tape = expressions_tape([term], {k, h})
    assert arithmetic(tape) == instructions(tape)


def test_cost_is_that_of_the_instructions():
    table, model = prices(), get_cost_model("cycles")
    tape = expressions_tape([(x * y + z) / sn.exp(a) + k**x, x < y, sn.sqrt(h) * x], {k, h})
    reads = 6  # x, y, z, a, k, and the root of h
    rest = table["multiply_add"] + table["add"] + table["multiply"] + reads * model.operand()
    calls = table["exp"] + table["power"] + table["compare"]
    assert tape_cost(tape) == pytest.approx(model.beside(table["divide"], rest) + calls)


def test_divisions_run_beside_all_else():
    model = get_cost_model("cycles")
    one, two = (tape_cost(expressions_tape([term], ())) for term in (x / y, x / y + z * a * b * c))
    assert one < two < one + tape_cost(expressions_tape([z * a * b * c], ()))
    assert model.beside(3.0, 5.0) == model.beside(5.0, 3.0) < 8.0
    roots = expressions_tape([sn.sqrt(x) + sn.sqrt(y)], ())
    assert tape_cost(roots) < 2 * prices()["square_root"] + prices()["add"]


def test_shared_parts_are_paid_for_once_and_parameters_not_at_all():
    one, two = expressions_tape([x * y * k**3], {k}), expressions_tape([x * y * k**3, x * y * k**3 + z], {k})
    table, read = prices(), get_cost_model("cycles").operand()
    assert tape_cost(one) == pytest.approx(2 * table["multiply"] + 3 * read)
    assert tape_cost(two) == pytest.approx(2 * table["multiply"] + table["add"] + 4 * read)
    assert tape_cost(expressions_tape([sn.exp(k) / h], {k, h})) == 0.0


def test_memory_is_paid_for_where_the_model_has_a_price_for_it():
    model, table = get_cost_model("cycles+memory"), prices()
    tape = expressions_tape([x * y + z, x * y], {k, h})
    fetched = table["byte"] * (2 * 5 + 3 * 4)  # two instructions, three operands
    assert tape_cost(tape, model) == pytest.approx(tape_cost(tape) + fetched + 2 * table["store"])
