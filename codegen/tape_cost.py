"""What evaluating a tape costs, predicted: cycles of everything that depends on the state.

The prices are those of the cost models (`rewriters.egraph.costs.table`): a table as default, the user's own where it
was calibrated. The tape is what is compiled, after sharing, so one division of a product is counted once, a product
that an addition takes in is no instruction of its own, values are read from memory, divisions run beside all else, and
what depends on parameters only is free.
"""

from codegen.functions import FUNCTION_BY_CODE, Op
from codegen.tape import Tape, whole_power
from rewriters.egraph.costs import CostModel, get_cost_model

__all__ = ["arithmetic", "tape_cost"]

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
_SUM, _PRODUCT = int(Op.SUM), int(Op.PRODUCT)
_LEAVES = frozenset(map(int, (Op.STATE, Op.PARAMETER, Op.CONSTANT, Op.TIME)))


def tape_cost(tape: Tape, model: CostModel | None = None) -> float:
    """Return the predicted cycles of one evaluation.

    Parameters
    ----------
    tape : Tape
    model : CostModel, optional
        Where the prices come from; "cycles" by default.
    """
    model = model or get_cost_model("cycles")
    walk = _Walk(tape)
    counts = walk.counts
    rest = model.operation("+", (None, None)) * counts["add"]
    rest += model.operation("*", (None, None)) * counts["multiply"]
    rest += model.multiply_add() * counts["multiply_add"]
    rest += model.operand() * walk.loaded
    divisions = model.operation("^", (None, -1)) * counts["divide"]
    calls = 0.0
    for code, count in walk.others.items():
        if code == Op.POWER:
            calls += count * model.operation("^", (None, None))
            continue
        name = _TERM_NAMES.get(code) or FUNCTION_BY_CODE[code].name  # type: ignore[call-overload]
        price = count * model.operation(name, (None, None) if code < Op.FUNCTION else (None,))
        if name == "sqrt":  # the unit that divides makes roots
            divisions += price
        else:
            calls += price
    return float(model.beside(divisions, rest) + calls + model.result() * len(tape.output))


def arithmetic(tape: Tape) -> dict[str, int]:
    """Return how many additions, multiplications, divisions, and instructions that multiply and add, a tape becomes.

    Parameters
    ----------
    tape : Tape
        What depends on the state counts.
    """
    return _Walk(tape).counts


class _Walk:
    """One pass over what depends on the state, in lists: most tapes that are priced are too small for arrays.

    An addition is made together with a multiplication, by one instruction, where a summand has a coefficient or is a
    product that nothing else needs. Sums are balanced trees, so that of two products only one is taken in.
    """

    def __init__(self, tape: Tape) -> None:
        self.others: dict[int, int] = {}
        self.products: set[int] = set()
        """Nodes whose last instruction is a multiplication."""
        self.counts = dict.fromkeys(("add", "multiply", "multiply_add", "divide"), 0)
        self._count(tape)

    def _count(self, tape: Tape) -> None:
        operation, offset = tape.operation.tolist(), tape.offset.tolist()
        argument, weight, stage = tape.argument.tolist(), tape.weight.tolist(), tape.stage.tolist()
        self.uses = uses = [0] * len(operation)
        for node, op in enumerate(operation):
            if op not in _LEAVES:
                for a in argument[offset[node] : offset[node + 1]]:
                    uses[a] += 1
        for node in tape.output.tolist():
            uses[node] += 1
        late = [stage[node] == 2 and op not in _LEAVES for node, op in enumerate(operation)]
        used = {a for node in range(len(late)) if late[node] for a in argument[offset[node] : offset[node + 1]]}
        self.loaded = sum(not late[a] for a in used)
        for node, op in enumerate(operation):
            if not late[node]:
                continue
            span = slice(offset[node], offset[node + 1])
            if op == _SUM:
                self._sum(node, argument[span], weight[span])
            elif op == _PRODUCT:
                self._product(node, weight[span])
            else:
                self.others[op] = self.others.get(op, 0) + 1

    def _sum(self, node: int, nodes: list[int], weights: list[float]) -> None:
        added: list[bool] = []
        subtracted: list[bool] = []
        for a, c in zip(nodes, weights):
            if c == 1.0:
                added.append(a in self.products and self.uses[a] == 1)
            elif c == -1.0:
                subtracted.append(a in self.products and self.uses[a] == 1)
            else:
                self.counts["multiply"] += 1
                added.append(True)
        if len(nodes) == 1:
            if added and added[0]:
                self.products.add(node)
            return
        more, is_product = _taken_in(added)
        less, is_product_too = _taken_in(subtracted)
        both = more + less + bool(added and subtracted and (is_product or is_product_too))
        self.counts["multiply_add"] += both
        self.counts["multiply"] -= both
        self.counts["add"] += len(nodes) - 1 - both

    def _product(self, node: int, weights: list[float]) -> None:
        below = sum(e < 0 for e in weights)
        count = sum(whole_power(int(abs(e))) for e in weights)
        count += max(len(weights) - below - 1, 0) + max(below - 1, 0)
        self.counts["multiply"] += count
        if below:
            self.counts["divide"] += 1
        elif count:
            self.products.add(node)


def _taken_in(products: list[bool]) -> tuple[int, bool]:
    """Return how many joins of a balanced tree of sums have a product at hand, and whether its result is one.

    Joined are neighbours of one level, from the left, as the emitters do.
    """
    count = 0
    stack: list[tuple[int, bool]] = []
    for product in products:
        level, value = 0, product
        while stack and stack[-1][0] == level:
            count += stack.pop()[1] or value
            level, value = level + 1, False
        stack.append((level, value))
    value = stack.pop()[1] if stack else False
    while stack:
        count += stack.pop()[1] or value
        value = False
    return count, value
