"""What evaluating a tape costs, predicted: cycles of everything that depends on the state.

The prices are those of the cost models (`rewriters.egraph.costs.table`): a table as default, the user's own where it
was calibrated. The tape is what is compiled, after sharing, so one division of a product is counted once and what
depends on parameters only is free.
"""

import numpy as np

from codegen.functions import FUNCTION_BY_CODE, Op
from codegen.tape import Tape
from rewriters.egraph.costs import CostModel, get_cost_model

__all__ = ["tape_cost"]

_TERM_NAMES = {
    Op.SELECT: "piecewise",
    Op.AND: "and",
    Op.OR: "or",
    Op.NOT: "not",
    Op.LESS: "<",
    Op.LESS_EQUAL: "<=",
    Op.EQUAL: "==",
    Op.NOT_EQUAL: "!=",
}


def tape_cost(tape: Tape, model: CostModel | None = None) -> float:
    """Return the predicted cycles of one evaluation.

    Parameters
    ----------
    tape : Tape
    model : CostModel, optional
        Where the prices come from; "cycles" by default.
    """
    model = model or get_cost_model("cycles")
    counts = tape.operation_counts
    add = model.operation("+", (None, None))
    multiply = model.operation("*", (None, None))
    divide = model.operation("^", (None, -1))
    total = add * counts["add"] + multiply * counts["multiply"] + divide * counts["divide"]
    late = tape.stage == 2
    codes, times = np.unique(tape.operation[late], return_counts=True)
    for code, count in zip(codes.tolist(), times.tolist()):
        if code == Op.POWER:
            total += count * model.operation("^", (None, None))
        elif code > Op.POWER:
            name = _TERM_NAMES.get(code) or FUNCTION_BY_CODE[code].name
            total += count * model.operation(name, (None, None) if code < Op.FUNCTION else (None,))
    return float(total)
