"""Right-hand sides in two parts, for engines that treat one implicitly and the other explicitly.

While such an engine steps, `I_RHS` is the implicit part, `I_EXPLICIT` the explicit one and `I_WHOLE` their sum.
"""

from symnum.integrators.addresses import call_kernel, float_pointer
from symnum.integrators.compiled import compiled
from symnum.integrators.layout import (
    I_CONTEXT,
    I_EXPLICIT,
    I_EXPLICIT_CONTEXT,
    I_PARAMETERS,
    I_RHS,
    I_RHS_CALLS,
    I_WHOLE,
    I_WHOLE_CONTEXT,
    KERNEL_FAILURE,
)  # fmt: skip
from symnum.integrators.stepping import check_finite


@compiled
def evaluate_explicit(integers, t, y, out):  # type: ignore[no-untyped-def]
    """Evaluate the explicit part; the cause where that fails, else zero."""
    parameters = float_pointer(integers[I_PARAMETERS])
    integers[I_RHS_CALLS] += 1
    if call_kernel(integers[I_EXPLICIT], t, y, parameters, integers[I_EXPLICIT_CONTEXT], out) != 0:
        return KERNEL_FAILURE
    return check_finite(integers, out)


@compiled
def exchange_parts(integers):  # type: ignore[no-untyped-def]
    """Exchange the implicit part with the whole right-hand side; nothing where there are no parts."""
    if integers[I_EXPLICIT] == 0:
        return
    rhs = integers[I_RHS]
    context = integers[I_CONTEXT]
    integers[I_RHS] = integers[I_WHOLE]
    integers[I_CONTEXT] = integers[I_WHOLE_CONTEXT]
    integers[I_WHOLE] = rhs
    integers[I_WHOLE_CONTEXT] = context
