"""How an integration ended."""

from enum import IntEnum

from symnum.integrators import layout


class Status(IntEnum):
    """Typed end of a run.

    `SUCCESS`, `TERMINAL_EVENT`, `STEADY_STATE` and `STOPPED` are good; what was reached is kept in any case.
    """

    RUNNING = layout.RUNNING
    SUCCESS = layout.SUCCESS
    STEP_UNDERFLOW = layout.STEP_UNDERFLOW
    NOT_FINITE = layout.NOT_FINITE
    TOO_MANY_STEPS = layout.TOO_MANY_STEPS
    TOLERANCE_TOO_TIGHT = layout.TOLERANCE_TOO_TIGHT
    SINGULAR_MATRIX = layout.SINGULAR_MATRIX
    NEWTON_FAILURE = layout.NEWTON_FAILURE
    STIFF = layout.STIFF
    KERNEL_FAILURE = layout.KERNEL_FAILURE
    EVENT = layout.EVENT
    NONSTIFF = layout.NONSTIFF
    TIMEOUT = 20
    INTERRUPTED = 21
    MEMORY_LIMIT = 22
    TERMINAL_EVENT = 23
    EVENTS_ACCUMULATE = 24
    STEADY_STATE = 25
    STOPPED = 26
    NOT_CONSERVED = 27
    NEGATIVE_PROPENSITY = 30
    POPULATION_LIMIT = 31
    EXPLOSION = 32
    NEGATIVE_POPULATION = 33
    TOO_MANY_EVENTS = 34
    HAZARD_NOT_INTEGRABLE = 35

    def __str__(self) -> str:
        return self.name

    @property
    def ok(self) -> bool:
        """Whether the end of the interval, a terminal event or what a tracker waits for was reached."""
        return self in (Status.SUCCESS, Status.TERMINAL_EVENT, Status.STEADY_STATE, Status.STOPPED)

    @property
    def names_component(self) -> bool:
        """Whether one component is to blame."""
        return self in _WITH_COMPONENT

    @property
    def names_reaction(self) -> bool:
        """Whether in a stochastic simulation one reaction is to blame, or the last that happened says more."""
        return self in _WITH_REACTION

    def explain(self, time: float, component: int | None = None, name: str | None = None) -> str:
        """Return a sentence for the user.

        Parameters
        ----------
        time : float
            Time reached.
        component : int, optional
            Index of the component concerned.
        name : str, optional
            Its name.
        """
        who = ""
        if component is not None and component >= 0:
            who = f" Component {component}" + (f' ("{name}")' if name else "") + " is the one concerned."
        return _SENTENCES[self].format(time=time) + (who if self in _WITH_COMPONENT else "")

    def explain_reaction(self, time: float, reaction: str | None = None) -> str:
        """Return a sentence for the user of a stochastic simulation.

        Parameters
        ----------
        time : float
            Time reached.
        reaction : str, optional
            What the reaction is called that is to blame.
        """
        sentence = _STOCHASTIC_SENTENCES.get(self, _SENTENCES[self]).format(time=time)
        return sentence + (f' The reaction concerned is "{reaction}".' if reaction else "")


_SENTENCES = {
    Status.RUNNING: "The run is not finished; it has reached t = {time:.10g}.",
    Status.SUCCESS: "The end of the interval was reached, t = {time:.10g}.",
    Status.STEP_UNDERFLOW: "The step size became as small as rounding at t = {time:.10g}: the solution may blow up "
    "or jump there, or the tolerances cannot be met.",
    Status.NOT_FINITE: "The right-hand side or the solution is not a finite number near t = {time:.10g}.",
    Status.TOO_MANY_STEPS: "max_steps was used up at t = {time:.10g}; raise max_steps, loosen rtol or choose another "
    "method.",
    Status.TOLERANCE_TOO_TIGHT: "The tolerances ask for more than double precision at t = {time:.10g}; raise rtol or "
    "atol.",
    Status.SINGULAR_MATRIX: "The iteration matrix is singular near t = {time:.10g}.",
    Status.NEWTON_FAILURE: "The implicit equations could not be solved near t = {time:.10g}; the Jacobian may be wrong "
    "or the right-hand side not smooth there.",
    Status.STIFF: "The problem turned out to be stiff at t = {time:.10g}; use a stiff method.",
    Status.NONSTIFF: "The problem is no longer stiff at t = {time:.10g}.",
    Status.KERNEL_FAILURE: "The model's own code reported a failure near t = {time:.10g}.",
    Status.EVENT: "An event was found at t = {time:.10g}.",
    Status.TIMEOUT: "timeout_s was used up at t = {time:.10g}.",
    Status.INTERRUPTED: "Interrupted by the user at t = {time:.10g}.",
    Status.MEMORY_LIMIT: "The record of all steps would exceed the memory budget at t = {time:.10g}; give t_eval.",
    Status.TERMINAL_EVENT: "A terminal event ended the run at t = {time:.10g}.",
    Status.EVENTS_ACCUMULATE: "Events follow one another without end near t = {time:.10g}; let the model "
    "stop or change there (terminal=True, or a condition with a gap between switching on and off).",
    Status.STEADY_STATE: "A steady state was reached at t = {time:.10g}.",
    Status.STOPPED: "A tracker ended the run at t = {time:.10g}.",
    Status.NOT_CONSERVED: "What should be conserved is not any more at t = {time:.10g}.",
    Status.NEGATIVE_PROPENSITY: "A propensity is negative at t = {time:.10g}; a rate law must be at least 0 wherever "
    "populations can go.",
    Status.POPULATION_LIMIT: "A population would reach 2^53 at t = {time:.10g}, beyond which counting by ones is not "
    "possible in double precision.",
    Status.EXPLOSION: "Events follow one another without time advancing at t = {time:.10g}: the populations explode.",
    Status.NEGATIVE_POPULATION: "A population would become negative at t = {time:.10g}; the rate law must be 0 where "
    "there is nothing left to take.",
    Status.TOO_MANY_EVENTS: "max_events was used up at t = {time:.10g}.",
    Status.HAZARD_NOT_INTEGRABLE: "The integral of the propensities over time could not be computed to its tolerance "
    "near t = {time:.10g}; declare jumps of the rates in time with sn.discontinuity.",
}
_STOCHASTIC_SENTENCES = {
    Status.NOT_FINITE: "A propensity is not a finite number at t = {time:.10g}.",
}
_WITH_REACTION = {
    Status.NOT_FINITE,
    Status.KERNEL_FAILURE,
    Status.NEGATIVE_PROPENSITY,
    Status.POPULATION_LIMIT,
    Status.EXPLOSION,
    Status.NEGATIVE_POPULATION,
    Status.TOO_MANY_EVENTS,
}
_WITH_COMPONENT = {
    Status.STEP_UNDERFLOW,
    Status.NOT_FINITE,
    Status.SINGULAR_MATRIX,
    Status.NEWTON_FAILURE,
    Status.KERNEL_FAILURE,
}
