"""The process that asks SymPy: reads pairs of terms from standard input, and answers each in one line."""

import pickle
import sys


def main() -> None:
    """Answer until there are no more questions. What is read comes from the process that started this one."""
    from symnum.errors import SymnumError
    from symnum.terms.tree import TreeLeaf
    from symnum.terms.via_sympy import equal

    equal(TreeLeaf("x") + 1, TreeLeaf("x"))  # loads all that the first question would wait for
    questions, answers = sys.stdin.buffer, sys.stdout
    print("ready", file=answers, flush=True)
    while head := questions.read(8):
        left, right = pickle.loads(questions.read(int.from_bytes(head, "little")))  # noqa: S301
        try:
            said = {True: "equal", False: "not equal", None: "unknown"}[equal(left, right)]
        except (SymnumError, ArithmeticError) as error:
            said = f"unknown ({type(error).__name__})"
        print(said, file=answers, flush=True)


if __name__ == "__main__":
    main()
