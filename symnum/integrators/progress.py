"""How far a run has come: a bar on standard error or in a notebook, or a call of the user's own function."""

import sys
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Progress", "ProgressBar", "ProgressCall", "progress_report"]

#: What a user may ask for: a bar, none, one where it seems useful, or calls of a function of fraction and time.
Progress = bool | Callable[[float, float], Any] | None

_PATIENCE = 2.0
_PAUSE = 0.2
_WIDTH = 30


class _Fraction:
    """The part of an interval that is done, looked at a few times a second."""

    def __init__(self, t0: float, t1: float, patience: float) -> None:
        self._t0, self._span = t0, t1 - t0
        self._began = time.perf_counter()
        self._next = self._began + patience

    def __call__(self, t: float) -> None:
        """Show the time reached (at most five times a second)."""
        now = time.perf_counter()
        if now >= self._next:
            self._next = now + _PAUSE
            self._show(self._part(t), t, now - self._began)

    def _part(self, t: float) -> float:
        return min(max((t - self._t0) / self._span, 0.0), 1.0)

    def _show(self, done: float, t: float, seconds: float) -> None:
        raise NotImplementedError

    def finish(self, t: float) -> None:
        """Take note that the end was reached."""

    def close(self) -> None:
        """Clean up."""


class ProgressBar(_Fraction):
    """Draws one line for the part of the interval that is done.

    Parameters
    ----------
    t0, t1 : float
        The interval.
    wanted : bool or None
        True: at once; None: after 2 s, at a terminal; False: never.
    label : str
        What is counted from t0 to t1.
    """

    def __init__(self, t0: float, t1: float, wanted: bool | None, label: str = "t") -> None:
        super().__init__(t0, t1, 0.0 if wanted else _PATIENCE)
        self._drawn, self._label = False, label

    def _show(self, done: float, t: float, seconds: float) -> None:
        sys.stderr.write("\r" + _line(done, t, seconds, self._label))
        sys.stderr.flush()
        self._drawn = True

    def close(self) -> None:
        """Wipe the line."""
        if self._drawn:
            sys.stderr.write("\r" + " " * (_WIDTH + 52) + "\r")
            sys.stderr.flush()


class NotebookBar(_Fraction):
    """The same as one output of a notebook cell, which is updated in place."""

    def __init__(self, t0: float, t1: float, wanted: bool | None, label: str = "t") -> None:
        super().__init__(t0, t1, 0.0 if wanted else _PATIENCE)
        self._handle: Any = None
        self._label = label

    def _show(self, done: float, t: float, seconds: float) -> None:
        from IPython.display import HTML, display

        text = HTML(
            f'<progress value="{done:.3f}" style="width: 20em; vertical-align: middle"></progress> '
            f'<code style="white-space: pre">{_words(done, t, seconds, self._label)}</code>'
        )
        if self._handle is None:
            self._handle = display(text, display_id=True)
        else:
            self._handle.update(text)

    def close(self) -> None:
        """Leave the cell as if there had been no bar."""
        if self._handle is not None:
            from IPython.display import HTML

            self._handle.update(HTML(""))


class ProgressCall(_Fraction):
    """Calls a function of the fraction done and the time reached.

    Parameters
    ----------
    t0, t1 : float
        The interval.
    function : callable
    """

    def __init__(self, t0: float, t1: float, function: Callable[[float, float], Any]) -> None:
        super().__init__(t0, t1, 0.0)
        self._function = function

    def _show(self, done: float, t: float, seconds: float) -> None:
        self._function(done, t)

    def finish(self, t: float) -> None:
        """Call once more, so that the last call says that all is done."""
        self._function(1.0, t)


def _line(done: float, t: float, seconds: float, label: str) -> str:
    full = int(done * _WIDTH)
    bar = "\N{FULL BLOCK}" * full + "\N{LIGHT SHADE}" * (_WIDTH - full)
    return f"{bar} {_words(done, t, seconds, label)}"


def _words(done: float, t: float, seconds: float, label: str) -> str:
    return f"{100 * done:3.0f} %  {label} = {t:<12.6g} {seconds:6.1f} s"


def _in_notebook() -> bool:
    """Whether this runs in a notebook: IPython is there already, with a kernel behind it."""
    interactive = sys.modules.get("IPython")
    shell = None if interactive is None else interactive.get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def progress_report(t0: float, t1: float, wanted: Progress, label: str = "t") -> _Fraction | None:
    """Return what shows the progress, or None where nothing may be shown.

    Parameters
    ----------
    t0, t1 : float
        The interval.
    wanted : bool, callable or None
        None: a bar after 2 s, at a terminal or in a notebook.
    label : str
        What is counted from t0 to t1.
    """
    if wanted is False or t1 == t0:
        return None
    if callable(wanted):
        return ProgressCall(t0, t1, wanted)
    if _in_notebook():
        return NotebookBar(t0, t1, wanted, label)
    if wanted is None and not sys.stderr.isatty():
        return None
    return ProgressBar(t0, t1, wanted, label)
