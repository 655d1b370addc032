"""Places of the numbers of the approximate stochastic methods, beside those of all engines.

Options and statistics of a method stand at the beginning of its work array of reals (``W_...``); what follows is laid
out by `work_doubles` and `work_integers`.

Work array of reals, from `W_ARRAYS` on: counts of each reaction in a leap (R), populations before the leap (S), drift
and variance of each population (S each), two numbers of each state that say of which order reactions of it are (2 S),
populations at an output time, or what is taken of each population (S), and what single methods add.
Work array of whole numbers: of each reaction, whether it is critical (R), and its reverse or -1 (R); addresses of the
parts that all leaping methods share (8).
"""

from symnum.integrators.stochastic.layout import I_OTHER

# Integers; I_OTHER and the next one belong to `symnum.integrators.stochastic.steps`.
I_EXACT_ENGINE = I_OTHER + 2  # address of the engine that takes exact steps
I_LEAPS, I_EXACT_STEPS, I_HALVED, I_IMPLICIT = I_OTHER + 3, I_OTHER + 4, I_OTHER + 5, I_OTHER + 6  # statistics
I_POPULATION_RECORD = I_OTHER + 7  # float64[capacity, S]: populations after each step, or 0
I_OUTPUT_NUMBER, I_OUTPUT_DRAW = I_OTHER + 8, I_OTHER + 9

# Work array of reals: options.
W_EPSILON, W_CRITICAL, W_EXACT_BELOW, W_EXACT_STEPS = 0, 1, 2, 3
W_FAST, W_FAST_POPULATION, W_STEP, W_EQUILIBRIUM, W_STIFFNESS = 4, 5, 6, 7, 8
W_HAZARD = 9  # integrated hazard that is left until the next slow reaction
W_NOISE = 10  # whether fast reactions have noise
W_WAITING = 11  # exact steps that are left of a block
W_SHARE = 14  # share of the propensities that is taken at the end of an implicit leap
W_AUTOMATIC = 13  # whether the step is to be chosen from the time to the next known one
W_END = 12  # the end of a leap, or its duration, given to a part of a method; the number of events, given back
W_ARRAYS = 24
