"""The three streams: there, UTF-8, and with a name for each way of failing."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from dealflow.errors import Unusable
from dealflow.named import NamedTuple


class ReaderGone(BaseException):
    """Whoever read our output has gone. The caller leaves quietly with exit code 141.

    Not an Exception, so that no `except Exception` on the way turns it into a message.
    """


class Terminal(NamedTuple):
    """What stands at the other end of stdout. `width` is None where nothing may be cut."""

    width: int | None
    colour: bool


def prepare() -> None:
    """Open what is missing of descriptors 0–2 and speak UTF-8, whatever the locale. First of all.

    Otherwise the database would become descriptor 1, and results would be written into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            _open_null_as(descriptor)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or _writer(1)
    sys.stderr = sys.stderr or _writer(2)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _open_null_as(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)
    os.set_inheritable(descriptor, True)


def _writer(descriptor: int) -> IO[str]:
    return open(descriptor, "w", encoding="utf-8", closefd=False)


def terminal_style(
    env: Mapping[str, str], isatty: bool, size: tuple[int, int] | None = None
) -> Terminal:
    """Width and colour of what is drawn, from the environment and the terminal's (columns, lines).

    COLUMNS wins over the terminal's own word; NO_COLOR and TERM=dumb mean no escape sequence at
    all. In a pipe nothing is cut and nothing coloured, whatever COLUMNS says.
    """
    if not isatty:
        return Terminal(width=None, colour=False)
    said = env.get("COLUMNS", "")
    columns = int(said) if said.isascii() and said.isdigit() else 0
    known = columns or (size[0] if size else 0) or 80
    plain = env.get("NO_COLOR") or env.get("TERM", "") in ("dumb", "unknown")
    return Terminal(width=known, colour=not plain)


@contextmanager
def failures_named(stream: IO[Any]) -> Iterator[None]:
    """What goes wrong while writing results: ReaderGone, or Unusable with the reason."""
    try:
        yield
    except BrokenPipeError:
        silence(stream)
        raise ReaderGone from None
    except OSError as error:
        silence(stream)
        raise Unusable(f"cannot write the output: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return os.strerror(error.errno or errno.EIO).lower()


def silence(stream: IO[Any]) -> None:
    """Send what is still buffered nowhere, so that Python has nothing to complain about at exit."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return
    if descriptor in (1, 2):
        _open_null_as(descriptor)
