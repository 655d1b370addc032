"""Places of the numbers that stochastic engines keep between two calls.

An engine is a machine function of two pointers: integers (``I_...``) and reals (``R_...``). The integers hold the
addresses of the tables of reactions, which all trajectories share and nobody writes, and of the work arrays of one
trajectory. All of an engine's state lies there, so a run can be left after any event and taken up again.

Tables
------
heads : int32[R, 8]
    Of each reaction: where its changes begin and end, where its dependents begin, where the simple ones among them end
    (the others follow), where they all end, where the groups of general rates that change begin and end, its kind
    (plus `HAS_OTHERS` where it has dependents that are not simple).
partners : int32[R, 2]
    Of a simple reaction: two places in the populations; place S holds 1.
coefficients : float64[R, 2]
    Constant c and number d: a simple propensity is ``c * y[first] * (y[second] - d)``, without a branch for its order.
change_states : int32, change_values : float64
    What each reaction changes.
dependents, group_dependents : int32
    Reactions, and groups of general rates, whose propensities change.
reactant_starts : int32[R + 1], reactants, multiplicities : int32
    Reactants of all reactions of mass action, for those that are not simple and for bounds.
groups : int64[G, 6]
    Of each group of general rates, evaluated together: address of its kernel, of the kernel's context, and of its
    values; where its reactions begin and end in `group_reactions`; whether time is in it.
readers : int32
    Reactions whose propensity reads each state; ``reader_starts[S + 1]``.
"""

# Codes returned by an engine. STOPPED: the next known time has come (the end, or something that happens there).
# RUNNING: the slice is used up. RECORD_FULL: give room for more events.
RUNNING, STOPPED, RECORD_FULL = 0, 1, 2
NOT_FINITE, KERNEL_FAILURE, CONDITION = 4, 10, 11
NEGATIVE_PROPENSITY, POPULATION_LIMIT, EXPLOSION, NEGATIVE_POPULATION, TOO_MANY_EVENTS = 30, 31, 32, 33, 34
INTEGRAL_FAILED = 35
TERMINAL = 23  # said by whoever carries out events

# Kinds of reactions, in `heads`.
SIMPLE, FACTORIAL, GENERAL = 0, 1, 2
HAS_OTHERS = 8

# Integers: the model's tables.
I_STATES, I_REACTIONS, I_GROUPS = 0, 1, 2
I_HEADS, I_PARTNERS, I_COEFFICIENTS = 3, 4, 5
I_CHANGE_STATES, I_CHANGE_VALUES, I_DEPENDENTS, I_GROUP_DEPENDENTS = 6, 7, 8, 9
I_REACTANT_STARTS, I_REACTANTS, I_MULTIPLICITIES = 10, 11, 12
I_GROUP_TABLE, I_GROUP_REACTIONS, I_READER_STARTS, I_READERS = 13, 14, 15, 16
I_PARAMETERS, I_MAX_EVENTS = 17, 18

# Integers: one trajectory.
I_POPULATIONS, I_PROPENSITIES, I_WORK, I_WHOLE_WORK = 20, 21, 22, 23  # addresses
I_STARTED, I_SLICE, I_EVENTS, I_REACTION, I_STILL = 24, 25, 26, 27, 28
I_IS_END = 29  # whether the next stop is the end: output times equal to it are written
I_TIMES, I_FIRED, I_CAPACITY, I_RECORDED = 30, 31, 32, 33  # record of events: float64[capacity], int32[capacity]
I_GRID, I_GRID_SIZE, I_GRID_NEXT, I_OUT, I_KEPT, I_KEPT_COUNT = 34, 35, 36, 37, 38, 39
I_WATCH, I_WATCH_CONTEXT, I_WATCH_OUT, I_WATCH_COUNT, I_WATCH_TRUTH, I_WATCH_KINDS = 40, 41, 42, 43, 44, 45
I_EVALUATIONS, I_REJECTIONS, I_RENEWALS, I_BOUNDS = 46, 47, 48, 49  # statistics
I_OTHER = 50  # ten more for single engines
I_IN_A_ROW = 68  # candidates rejected one after the other

# Integers: the random stream.
I_SEED, I_TRAJECTORY, I_REFILL, I_BLOCKS = 60, 61, 62, 63  # I_BLOCKS: address of the two buffers
I_UNIFORM_NEXT, I_EXPONENTIAL_NEXT, I_UNIFORM_BLOCK, I_EXPONENTIAL_BLOCK = 64, 65, 66, 67
INTEGERS = 72

# Reals.
R_TIME, R_STOP, R_TOTAL, R_LARGEST_TOTAL = 0, 1, 2, 3
R_SUMMED = 4  # changes of the total since it was last summed
R_STEP, R_LONGEST = 5, 6  # of panels of quadrature
R_STILL = 7  # time at which `I_STILL` events have happened
REALS = 16

POPULATION_MOST = 9007199254740991.0
"""Greatest population, 2^53 - 1: from 2^53 on, adding one may change nothing."""

STILL_MOST = 100_000
"""So many events without the time advancing are an explosion."""
