"""Places of the numbers that the watch function works with.

The address of the integers stands in the engine's own integers at `I_WATCHER`.  All memory belongs to Python.
"""

#: Degrees of the polynomials that stand for the conditions on a step: the low one where that is enough for all.
LOW_DEGREE, DEGREE = 5, 10
SAMPLES = DEGREE + 1

#: How often a step is halved where a condition is no polynomial of so low a degree, and where one so nearly touches
#: zero that rounding hides on which side.
HALVINGS, TOUCHING = 8, 26

#: Polynomials that wait to be looked at while one is halved.
STACK = 56
PIECES = 80

#: Forms of the continuous solution.
POWERS, CHEBYSHEV, POINTS, SLOPES = 0, 1, 2, 3

#: Signs that a condition that was zero where a step begins may take at once: known (1, -1), or not known.
UNKNOWN = 2

# Integers: sizes and addresses.
(
    ATOMS, EVENTS, KERNEL, CONTEXT, NEEDED_COUNT, NEEDED, FORM, STORED, FORM_DEGREE, COMPLETE, COMPLETE_WORK, STATE,
    KINDS, DEGREES, TRUTH, PROGRAMS, STARTS, MASKS, EVENT_TRUTH, EVENT_NEW, HELD, REALS, VALUES, LOW, HIGH, NOISE,
    SAMPLED, MATRIX, STACKED, WAITING, MARKS, WEIGHTS, POLYNOMIAL,
) = range(33)  # fmt: skip

# Integers: state.
FIRST, RESUMED, CALLS, ENDS_AT, RESULT, USED_DEGREE = 40, 41, 42, 43, 44, 45

# What the watch function returns: an event, a model that fails, comparisons that change too often in one step.
EVENT_FOUND, FAILED, TOO_OFTEN = 1, 2, 3
INTEGERS = 48

# Kinds of comparisons, added up: watched on steps (others change at known times only), true also at zero.
WATCHED, ZERO_COUNTS = 1, 2

# What joins comparisons in a postfix program; numbers from 0 on are comparisons.
AND, OR, NOT = -1, -2, -3

# Changes that matter to an event, added up: from false to true, from true to false.
RISES, FALLS = 1, 2

# Reals.
TIME, FRACTION, LEFT, RIGHT = 0, 1, 2, 3
REALS_COUNT = 8
