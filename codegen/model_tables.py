"""What a generated simulator knows of its model besides the kernels: names, numbers, a pattern."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from codegen.tape import Tape

__all__ = ["DerivedValue", "ModelTables"]


@dataclass(frozen=True, eq=False)
class DerivedValue:
    """A default that is an expression in the parameters.

    Parameters
    ----------
    is_state : bool
        Whether it is the initial value of a state; otherwise the value of a parameter.
    index : int
        Which one.
    tape : Tape
        One output, which depends on parameters only.
    """

    is_state: bool
    index: int
    tape: Tape


@dataclass(frozen=True, eq=False)
class ModelTables:
    """Tables of one model.

    Parameters
    ----------
    identifier : str
        Prefix of everything generated; an identifier in every target language.
    model_name : str
        The model's own name, any text.
    states, parameters, observables : sequence of str
        Names in order, any text.
    default_parameters, default_initial : ndarray of float64
        Values; NaN where the user of the simulator must give one.
    derived : list of DerivedValue
        In order of evaluation.
    indptr, indices : ndarray of int32
        Pattern of the Jacobian in compressed columns.
    """

    identifier: str
    model_name: str
    states: Sequence[str]
    parameters: Sequence[str]
    observables: Sequence[str]
    default_parameters: NDArray[np.float64]
    default_initial: NDArray[np.float64]
    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    derived: list[DerivedValue] = field(default_factory=list)
