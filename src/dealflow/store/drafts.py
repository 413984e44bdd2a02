"""Database files appear whole: filled beside their place under another name, then put into it.

A kill at any point leaves nothing at the place itself, and whoever ends the process sweeps away
what was begun.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dealflow.errors import AlreadyExists, Unusable
from dealflow.typed import quoted

#: files that are being made
DRAFTS: set[str] = set()


def sweep() -> None:
    """Remove drafts and their journals. Safe to call from a signal handler, and twice.

    One that cannot be removed stays: what became of the command does not hang on it.
    """
    while DRAFTS:
        draft = DRAFTS.pop()
        for path in (draft, f"{draft}-journal", f"{draft}-wal", f"{draft}-shm"):
            with suppress(OSError):
                os.unlink(path)


@contextmanager
def new_file(path: str) -> Iterator[str]:
    """An empty file beside `path`, mode 0600; gone when the block ends. Error: Unusable."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, draft = tempfile.mkstemp(prefix=".dealflow-", suffix=".new", dir=folder)
    except OSError as exc:
        raise _cannot_create(path, exc, "create the folder first") from None
    os.close(handle)
    DRAFTS.add(draft)
    try:
        yield draft
    finally:
        sweep()


def put_in_place(draft: str, path: str, *, replace: bool = False) -> None:
    """Give the draft its name, for good. Errors: AlreadyExists, unless `replace`; Unusable.

    Where the disk does not confirm the name, the file stays: somebody may have it open by now.
    """
    try:
        if replace:
            os.replace(draft, path)
            DRAFTS.discard(draft)
        else:
            os.link(draft, path, follow_symlinks=False)
    except FileExistsError:
        raise AlreadyExists("a file", path) from None
    except OSError as exc:
        raise _cannot_create(path, exc) from None
    try:
        _sync_folder(path)
    except OSError as exc:
        raise Unusable(
            f"{path} is in place, but the disk did not confirm it: {_reason(exc)}",
            f"dealflow --db {quoted(path)} db check",
        ) from None


def _sync_folder(path: str) -> None:
    """Make the names in the folder of `path` durable."""
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _cannot_create(path: str, exc: OSError, hint: str | None = None) -> Unusable:
    return Unusable(f"cannot create {path}: {_reason(exc)}", hint)


def _reason(exc: OSError) -> str:
    return (exc.strerror or str(exc)).lower()
