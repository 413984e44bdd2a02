"""What SQLite's errors mean to a user."""

from __future__ import annotations

from collections.abc import Callable

from dealflow.errors import Busy, Damaged, Unusable

#: seconds to wait for somebody else's transaction
PATIENCE = 10.0


def is_busy(exc: Exception) -> bool:
    return (getattr(exc, "sqlite_errorname", None) or "").startswith("SQLITE_BUSY")


def is_in_doubt(exc: Exception) -> bool:
    """Whether a commit that ended so may have been made all the same: the disk did not say."""
    return (getattr(exc, "sqlite_errorname", None) or "").startswith("SQLITE_IOERR")


#: SQLite's error names, by prefix, in the user's terms; the first that fits counts
_EXPLAINED: tuple[tuple[str, Callable[[str], Exception]], ...] = (
    ("SQLITE_FULL", lambda path: Unusable("the disk is full; nothing was changed", path=path)),
    ("SQLITE_READONLY", lambda path: Unusable(f"{path} cannot be written to")),
    ("SQLITE_CANTOPEN", lambda path: Unusable(f"cannot open {path}")),
    ("SQLITE_PERM", lambda path: Unusable(f"cannot open {path}: permission denied")),
    ("SQLITE_AUTH", lambda path: Unusable(f"cannot open {path}: permission denied")),
    ("SQLITE_IOERR", lambda path: Unusable(f"reading or writing {path} failed; nothing changed")),
    ("SQLITE_NOTADB", lambda path: Damaged(f"{path} is not a dealflow database")),
    ("SQLITE_TOOBIG", lambda _: Unusable("a value is too large to store")),
)


def explain(exc: Exception, path: str) -> Exception:
    """What SQLite's error means to a user. A constraint is our own bug and comes back as it is."""
    name = getattr(exc, "sqlite_errorname", None) or ""
    if is_busy(exc):
        return Busy(PATIENCE)
    if "malformed JSON" in str(exc):  # SQLite calls this a plain error, as it does our own bugs
        return Damaged(
            "a stored value is damaged: it is not the JSON it should be", "dealflow db check"
        )
    if name.startswith(("SQLITE_CONSTRAINT", "SQLITE_MISUSE", "SQLITE_ERROR")):
        return exc
    for prefix, meant in _EXPLAINED:
        if name.startswith(prefix):
            return meant(path)
    return _unreadable(path)


def on_opening(exc: Exception, path: str) -> Exception:
    """As `explain`; where no statement of ours is in play yet, every error is the file's."""
    told = explain(exc, path)
    return _unreadable(path) if told is exc else told


def _unreadable(path: str) -> Damaged:
    return Damaged(
        f"{path} cannot be read: it is damaged, or the disk is failing",
        "keep the file, and look at your backups",
    )
