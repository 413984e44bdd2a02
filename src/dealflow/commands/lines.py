"""Files of lines, as commands are given them: a path, or - for stdin."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from dealflow.errors import Unusable, UsageError


@contextmanager
def opened(path: str) -> Iterator[IO[str]]:
    """The lines of a file or of stdin, as they come. Errors: Unusable, UsageError."""
    binary: IO[bytes]
    try:
        binary = sys.stdin.buffer if path == "-" else open(path, "rb")  # noqa: SIM115 closed below
    except OSError as exc:
        raise Unusable(f"cannot read {path}: {(exc.strerror or str(exc)).lower()}") from None
    text = io.TextIOWrapper(binary, "utf-8-sig", "strict")
    try:
        yield text
    except UnicodeDecodeError:
        raise UsageError("the lines are not UTF-8", "write them as UTF-8") from None
    finally:
        text.detach() if path == "-" else text.close()
