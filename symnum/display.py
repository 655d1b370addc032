"""Plain and HTML tables, seconds and sizes for people: what reports, the command line and notebooks share.

This module knows nothing of terms or models, so that every layer may use it.
"""

from collections.abc import Iterable, Sequence


def format_seconds(seconds: float) -> str:
    """Write a duration with three figures in the unit that suits it.

    Parameters
    ----------
    seconds : float
        Duration in seconds.

    Returns
    -------
    str
        For example ``"3.80 µs"``, ``"12.5 ms"``, ``"1.20 s"``.

    Examples
    --------
    >>> format_seconds(3.8e-6), format_seconds(0.0125), format_seconds(75.0)
    ('3.80 µs', '12.5 ms', '75.0 s')
    """
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if abs(seconds) >= scale:
            return f"{_three_figures(seconds / scale)} {unit}"
    return f"{_three_figures(seconds / 1e-9)} ns"


def _three_figures(value: float) -> str:
    decimals = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:.{decimals}f}"


def format_bytes(count: int) -> str:
    """Write a size in bytes with the unit that suits it.

    Examples
    --------
    >>> format_bytes(512), format_bytes(3_500_000)
    ('512 B', '3.50 MB')
    """
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{_three_figures(count / scale)} {unit}"
    return f"{count} B"


def elide(text: str, limit: int = 200, *, mark: str = "…") -> str:
    """Shorten a text to at most `limit` characters, keeping its beginning and its end.

    Parameters
    ----------
    text : str
        Any text.
    limit : int
        Greatest length of the result.
    mark : str
        What stands for the part left out.

    Examples
    --------
    >>> elide("abcdefghij", 5)
    'ab…ij'
    """
    if len(text) <= limit:
        return text
    kept = max(limit - len(mark), 2)
    tail = kept // 2
    return text[: kept - tail] + mark + text[len(text) - tail :]


def plain_table(rows: Iterable[Sequence[object]], *, indent: str = "", gap: str = "  ") -> str:
    """Align rows in columns: the first column to the left, numbers to the right.

    Parameters
    ----------
    rows : iterable of sequences
        Cells of each row; shorter rows are filled with blanks.
    indent, gap : str
        What stands before each row and between its cells.

    Examples
    --------
    >>> print(plain_table([("species", 1122), ("steps", 87)]))
    species  1122
    steps      87
    """
    table = [tuple(row) for row in rows]
    columns = max((len(row) for row in table), default=0)
    widths = [max(len(str(row[j])) for row in table if j < len(row)) for j in range(columns)]
    lines = []
    for row in table:
        parts = [
            str(cell).rjust(width) if isinstance(cell, int | float) else str(cell).ljust(width)
            for cell, width in zip(row, widths, strict=False)
        ]
        lines.append((indent + gap.join(parts)).rstrip())
    return "\n".join(lines)


def html_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, limit: int = 60, left: bool = False
) -> str:
    """Write an HTML table for notebooks, with everything escaped and long tables cut.

    Parameters
    ----------
    header : sequence of str
        Titles of the columns.
    rows : iterable of sequences of str
        Cells; escaped here.
    limit : int
        Greatest number of rows shown; a last row says how many were left out.
    left : bool
        Align to the left, as text wants it; notebooks align to the right.

    Examples
    --------
    >>> html_table(["name"], [["a<b"]])
    '<table><tr><th>name</th></tr><tr><td>a&lt;b</td></tr></table>'
    """
    from html import escape  # its table of entities takes milliseconds to load

    style = ' style="text-align: left"' if left else ""
    lines = ["<tr>" + "".join(f"<th{style}>{escape(title)}</th>" for title in header) + "</tr>"]
    left_out = 0
    for i, row in enumerate(rows):
        if i < limit:
            lines.append("<tr>" + "".join(f"<td{style}>{escape(cell)}</td>" for cell in row) + "</tr>")
        else:
            left_out += 1
    if left_out:
        lines.append(f'<tr><td colspan="{len(header)}">… and {left_out:,} more</td></tr>')
    return "<table>" + "".join(lines) + "</table>"
