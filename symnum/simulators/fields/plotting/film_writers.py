"""What writes films to files: Pillow, or ffmpeg, that of the system or the one that a package brings."""

import functools
import shutil
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from symnum.errors import InputError, MissingDependencyError, UnsupportedError, needs

__all__ = ["FILMS", "film_writer", "find_ffmpeg"]

#: Codecs of ffmpeg by kind of file, with arguments; those of the pixels are what browsers play.
_PLAYABLE = ("-pix_fmt", "yuv420p")
_BY_FFMPEG: dict[str, tuple[str, tuple[str, ...]]] = {
    ".mp4": ("h264", (*_PLAYABLE, "-movflags", "+faststart")),
    ".mov": ("h264", (*_PLAYABLE, "-movflags", "+faststart")),
    ".mkv": ("h264", _PLAYABLE),
    ".avi": ("h264", _PLAYABLE),
    ".webm": ("libvpx-vp9", (*_PLAYABLE, "-b:v", "0", "-crf", "30")),
}
_BY_PILLOW = (".gif", ".webp", ".apng")
#: Kinds of files that are films.
FILMS = (*_BY_PILLOW, *_BY_FFMPEG)


def film_writer(path: Any, fps: Any) -> Any:
    """Return what writes a film to a file: a `MovieWriter` of matplotlib.

    Parameters
    ----------
    path : str or Path
    fps : float
        Pictures per second.

    Raises
    ------
    MissingDependencyError
        If matplotlib or, for what it writes, ffmpeg is missing.
    UnsupportedError
        For another kind of file.
    InputError
        If `fps` is not positive, or the folder is not there.
    """
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not 0 < fps < float("inf"):
        raise InputError(f"fps is {fps!r}; it must be a positive number of pictures per second.")
    with needs('Films need matplotlib; install the extra "plot".'):
        from matplotlib import animation
    place = Path(path)
    suffix = place.suffix.lower()
    if suffix not in FILMS:
        raise UnsupportedError(f'"{path}" names no film that can be written: choose out.gif or out.mp4.')
    if not place.absolute().parent.is_dir():
        raise InputError(f'there is no folder "{place.parent}" for the film; make it first.')
    if suffix in _BY_PILLOW:
        return animation.PillowWriter(fps=fps)  # type: ignore[arg-type]  # frames may last a part of a second
    program = find_ffmpeg()
    if program is None:
        raise MissingDependencyError(
            f'"{path}" needs the program ffmpeg: install the extra "fields", which brings it (the package '
            f'imageio-ffmpeg), or your system\'s ffmpeg, or write "{place.with_suffix(".gif")}", which needs neither.'
        )
    codec, arguments = _BY_FFMPEG[suffix]
    return _ffmpeg_writer(program)(fps=fps, codec=codec, extra_args=list(arguments))


@functools.cache
def _ffmpeg_writer(program: str) -> Any:
    """Return matplotlib's writer with a program of our choice; its settings stay as they are."""
    from matplotlib.animation import FFMpegWriter

    class Writer(FFMpegWriter):
        """Makes frames of even width and height, as the codecs want them, and says why a film has failed."""

        @classmethod
        def bin_path(cls) -> str:
            return program

        def _adjust_frame_size(self) -> tuple[float, float]:
            pixels = [round(float(inches) * self.dpi) // 2 * 2 for inches in self.fig.get_size_inches()]
            # A hundredth of a pixel more, so that no rounding takes one away.
            width, height = ((count + 0.01) / self.dpi for count in pixels)
            self.fig.set_size_inches(width, height)
            return width, height

        def grab_frame(self, **options: Any) -> None:
            """Draw once; `savefig` would do it twice."""
            self.fig.set_dpi(self.dpi)
            self.fig.canvas.draw()
            self._proc.stdin.write(self.fig.canvas.buffer_rgba())  # type: ignore[attr-defined]

        def finish(self) -> None:
            try:
                super().finish()
            except CalledProcessError as error:
                said = str(error.stderr or "").strip().splitlines()
                raise UnsupportedError(
                    f'{program} cannot write "{self.outfile}": {said[-1] if said else "it has failed"}; choose another '
                    "kind of film, such as out.gif."
                ) from error

    return Writer


def find_ffmpeg() -> str | None:
    """Return the program ffmpeg: what matplotlib is set to (that on the path), else that of imageio-ffmpeg; or None."""
    from matplotlib import rcParams

    found = shutil.which(str(rcParams["animation.ffmpeg_path"]))
    if found is not None:
        return found
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError:
        return None
    try:
        return str(get_ffmpeg_exe())
    except (RuntimeError, OSError):
        return None
