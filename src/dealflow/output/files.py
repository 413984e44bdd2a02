"""Results in a file of the user's own: it appears whole, in place of what was there, or not at all.

It is filled beside its place under another name (store/drafts.py), and stays away when the command
fails or is killed. A new file is its user's only; one that is replaced keeps its mode, and its
group where that may be given. A symlink stays: what it points to is replaced. What is no ordinary
file (a pipe, /dev/null) is written to as it is.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from dealflow.errors import Unusable, UsageError
from dealflow.output import streams
from dealflow.store.drafts import new_file, put_in_place
from dealflow.typed import quoted

_IN_MEMORY = 4_000_000
"""Bytes that wait in memory; more wait in a file that nobody else sees."""


@contextmanager
def replacing(path: str, database: str) -> Iterator[IO[bytes]]:
    """A file to write results into; it is at `path` when the block ends well.

    Errors: UsageError for the database itself, Unusable.
    """
    if "\0" in path:
        raise UsageError("a file's name holds no NUL character", "name another file")
    place = os.path.realpath(os.path.expanduser(path))
    there = _there(path, place)
    if there is not None and _is_same(place, database):
        raise UsageError(f"{path} is the database itself", "name another file")
    if there is not None and not stat.S_ISREG(there.st_mode):
        with _named(path), open(place, "wb") as out:
            yield out
        return
    if there is not None and not os.access(place, os.W_OK):
        raise Unusable(f"cannot write {path}: permission denied")
    with new_file(place) as draft, _named(path):
        with open(draft, "wb") as out:
            yield out
            out.flush()
            if there is not None:
                _keep_rights(out.fileno(), there)
            os.fsync(out.fileno())
        put_in_place(draft, place, replace=True)


def _there(path: str, place: str) -> os.stat_result | None:
    """What is at the place now. Error: Unusable for a folder, or what cannot be looked at."""
    try:
        there = os.stat(place)
    except FileNotFoundError:
        if not os.path.isdir(os.path.dirname(place)):
            folder = os.path.dirname(path)
            raise Unusable(
                f"cannot write {path}: there is no such folder", f"mkdir -p {quoted(folder)}"
            ) from None
        return None
    except OSError as exc:
        raise _unusable(path, exc) from None
    if stat.S_ISDIR(there.st_mode):
        raise Unusable(f"cannot write {path}: it is a folder")
    return there


def _is_same(place: str, database: str) -> bool:
    with suppress(OSError, ValueError):
        return os.path.samefile(place, database)
    return False


def _keep_rights(descriptor: int, there: os.stat_result) -> None:
    """The mode is widened only for the group that had it."""
    if os.fstat(descriptor).st_gid != there.st_gid:
        with suppress(OSError):
            os.fchown(descriptor, -1, there.st_gid)
    same = os.fstat(descriptor).st_gid == there.st_gid
    os.fchmod(descriptor, stat.S_IMODE(there.st_mode) & (0o777 if same else 0o707))


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Failures of writing, by the name of the file that was asked for."""
    try:
        yield
    except OSError as exc:
        raise _unusable(path, exc) from None


def _unusable(path: str, exc: OSError) -> Unusable:
    return Unusable(f"cannot write {path}: {(exc.strerror or str(exc)).lower()}")


@contextmanager
def held_back(then: Callable[[], None]) -> Iterator[IO[bytes]]:
    """What goes to stdout once the block is over and `then` is done.

    So nobody waits for whoever reads our output, a pager perhaps, while the database is read.
    """
    import tempfile
    from shutil import copyfileobj

    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as held:
        yield held
        then()
        held.seek(0)
        with streams.failures_named(sys.stdout):
            copyfileobj(held, sys.stdout.buffer)
            sys.stdout.buffer.flush()
