"""A film in a file, which shows itself in notebooks."""

import base64
from pathlib import PosixPath

from symnum.display import format_bytes

__all__ = ["Film"]

_VIDEOS = {".mp4": "video/mp4", ".webm": "video/webm"}
_IMAGES = {".gif": "image/gif", ".webp": "image/webp", ".apng": "image/apng"}

#: Bytes up to which a film becomes part of a notebook.
LARGEST = 20 << 20


class Film(PosixPath):
    """The path of a film. As the last value of a notebook's cell it is shown, as part of the notebook."""

    def _repr_html_(self) -> str | None:
        from html import escape

        suffix = self.suffix.lower()
        if suffix not in {**_VIDEOS, **_IMAGES} or not self.is_file():
            return None
        size = self.stat().st_size
        if size > LARGEST:
            return f"<code>{escape(str(self))}</code>, {format_bytes(size)}: too large to be part of the notebook"
        content = base64.b64encode(self.read_bytes()).decode()
        if suffix in _IMAGES:
            return f'<img src="data:{_IMAGES[suffix]};base64,{content}" alt="{escape(self.name)}">'
        source = f"data:{_VIDEOS[suffix]};base64,{content}"
        return f'<video controls loop style="max-width: 100%" src="{source}">{escape(self.name)}</video>'
