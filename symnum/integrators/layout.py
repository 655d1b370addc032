"""Places of the numbers that an engine keeps between two calls.

An engine is a machine function of three pointers: integers (`I_...`), reals (`R_...`) and work vectors.  All of
its state lies there and in the record of accepted steps, so a run can be left and taken up again after any step.

After every accepted step an engine calls the machine function whose address is `I_WATCH` (0: none),

    int32 watch(int64* integers, double* reals, double* work)

with its own three pointers; the step lies between the rows ``integers[I_ROW] - 1`` and ``integers[I_ROW]`` of the
record.  Where the result is not 0 the engine returns `EVENT`.  The caller may then go on with another call, or take
back `R_TIME` to a point within the step, enter the value there in the record at `I_ROW`, and set `I_STARTED` to 0: the
engine begins anew from that row.
"""

# Codes returned by an engine. The first three are no end: give another slice, or another piece of the record.
RUNNING, SUCCESS, RECORD_FULL = 0, 1, 2
STEP_UNDERFLOW, NOT_FINITE, TOO_MANY_STEPS, TOLERANCE_TOO_TIGHT = 3, 4, 5, 6
SINGULAR_MATRIX, NEWTON_FAILURE, STIFF, KERNEL_FAILURE, EVENT = 7, 8, 9, 10, 11
NONSTIFF = 12

# Integers: addresses and sizes, set by Python.
I_SIZE, I_RHS, I_CONTEXT, I_PARAMETERS = 0, 1, 2, 3
I_JACOBIAN, I_FACTOR, I_SOLVE, I_SOLVER = 4, 5, 6, 7
I_VALUES, I_INDPTR, I_INDICES, I_COLUMNS, I_STARTS, I_COLOURS = 8, 9, 10, 11, 12, 13
I_TIMES, I_ORDERS, I_STATES, I_SEGMENTS, I_CAPACITY = 14, 15, 16, 17, 18
I_MAX_ATTEMPTS, I_MAX_ORDER, I_TABLE, I_FIXED, I_STAGES, I_DEGREE, I_DETECT, I_ENTRIES = (
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
)

I_TOTAL, I_KEPT, I_LATE, I_MASS, I_TIME_DERIVATIVE = 27, 28, 29, 30, 31

# Integers: state of the run.
I_STARTED, I_ROW, I_SLICE, I_ORDER, I_HISTORY, I_SINCE_CHANGE, I_FAILURES, I_FACTORED = (
    32,
    33,
    34,
    35,
    36,
    37,
    38,
    39,
)
I_FRESH, I_COMPONENT, I_REFRESH, I_CAUSE, I_STIFF_COUNT, I_SMOOTH_COUNT, I_NEWTON_FAILURES, I_AGE = (
    40, 41, 42, 43, 44, 45, 46, 47,
)  # fmt: skip

# Integers: statistics.
I_ACCEPTED, I_ATTEMPTS, I_RHS_CALLS, I_JACOBIANS, I_FACTORISATIONS, I_SOLVES, I_ITERATIONS = (
    48,
    49,
    50,
    51,
    52,
    53,
    54,
)
I_ERROR_FAILURES, I_CONVERGENCE_FAILURES, I_LAST_ORDER = 55, 56, 57

# Integers: more settings.
I_KEPT_COUNT, I_SECOND_ERROR, I_SHARED_STAGE, I_AUTONOMOUS, I_CONTROL_ORDER, I_IDLE = 58, 59, 60, 61, 62, 63
I_SCRATCH, I_CURRENT, I_WATCH, I_WATCHER = 64, 65, 66, 67
I_EXPLICIT, I_EXPLICIT_CONTEXT, I_WHOLE, I_WHOLE_CONTEXT = 68, 69, 70, 71

# Integers: the matrix of two unknowns for each component, of methods with complex eigenvalues.
I_PAIR_SOLVER, I_PAIR_FACTOR, I_PAIR_SOLVE, I_PAIR_VALUES, I_PAIR_ENTRIES, I_PAIR_PLACES, I_PAIR_MASS, I_PAIR_MASSES = (
    72, 73, 74, 75, 76, 77, 78, 79,
)  # fmt: skip
I_PREDICTIVE, I_SPACE, I_BASIS, I_SMALL = 80, 81, 82, 83

# Integers: the linear part of exponential time differencing.
I_LINEAR, I_BLOCKS, I_BLOCK_STARTS, I_TRANSFORM, I_TRANSFORM_CONTEXT = 84, 85, 86, 87, 88
I_FUNCTION_COUNT, I_TERMS, I_SCRATCH_BLOCKS, I_SLOTS, I_EXACT = 89, 90, 91, 92, 93
INTEGERS = 96

# Reals: settings, then state.
R_TIME, R_END, R_STEP, R_RTOL, R_MAX_STEP, R_FIRST_STEP, R_LAST_STEP, R_LAST_ERROR = 0, 1, 2, 3, 4, 5, 6, 7
R_GAMMA, R_RATE, R_NEWTON_TOLERANCE, R_GAMMA_RANGE, R_RATE_LIMIT, R_SAFETY = 8, 9, 10, 11, 12, 13
R_GROW, R_RADIUS = 14, 15
R_SUM, R_CONSTANT, R_SHRINK, R_CHANGE_LIMIT, R_RAISE_BIAS, R_ALPHA, R_BETA, R_STABILITY = (
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    23,
)
R_THIRD, R_EARLIER_ERROR, R_GAMMA_METHOD, R_GROWTH, R_FIRST_GROWTH = 24, 25, 26, 27, 28
R_SPECTRUM, R_SMOOTH_STEP = 29, 30
R_WEIGHTS, R_SLOPES = 32, 40  # eight interpolation weights each
REALS = 64
