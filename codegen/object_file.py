"""All kernels of a model in one relocatable object."""

from codegen.kernel import STAGE_SLOTS
from codegen.llvm_text import emit_llvm
from codegen.native import object_code, triple
from codegen.tape import Tape

__all__ = ["kernels_object"]


def kernels_object(
    tapes: dict[str, Tape], identifier: str, limit: int = 400
) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """Compile the kernels of a model for any processor of this architecture, position independent.

    Parameters
    ----------
    tapes : dict of str to Tape
        Kernel name ("rhs", "jacobian", "observables") to its tape.
    identifier : str
        Prefix of every function.
    limit : int
        Operations per function.

    Returns
    -------
    code : bytes
        The object file.
    sizes : dict
        Doubles per kernel for its parameter stage and for scratch.
    """
    head: dict[str, None] = {}  # declarations that several kernels share, in order
    body: list[str] = []
    sizes = {}
    for name, tape in tapes.items():
        module = emit_llvm(tape, f"{identifier}_{name}", STAGE_SLOTS[name], triple(), limit)
        sizes[name] = (module.stage_size, module.scratch_size)
        for line in module.text.splitlines():
            if line.startswith(("target triple", "declare ")):
                head[line] = None
            else:
                body.append(line)
    return object_code("\n".join([*head, *body]) + "\n", portable=True), sizes
