"""Do two machines see each other's locks? Each runs this, and one of them holds the lock.

Whoever comes first writes the file `NAME.share-1` beside the database, locks the database, and
waits. Whoever comes second writes `NAME.share-2`, tries the lock, and writes down what came of it.
Each file is created anew, by its own side only, and removed by it in the end; one that lies there
already is never followed through a link nor written to. No clock is compared, and nothing is
concluded from silence: the first side says that it has heard of the second, and after the trial
that it held the lock until then. So the lock was held while it was tried, whatever caches lie
between the two.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import Any

from dealflow.errors import NoDatabase, Refused, Unusable
from dealflow.named import NamedTuple
from dealflow.store import locks
from dealflow.store.drafts import DRAFTS

#: seconds between two looks at what the other side says
_LOOK = 0.05
_MARK = "dealflow db check --share"
#: bytes of a message; more is none of ours
_LONGEST = 4_000


class Meeting(NamedTuple):
    """What came of it. `shared` is whether the lock of one side kept the other out."""

    shared: bool
    here: str
    there: str
    held_here: bool
    """Whether this side held the lock, and the other one tried it."""


def meet(path: str, seconds: float, say: Callable[[str], None]) -> Meeting:
    """Take part in the trial, on either side. `say` is told what is going on.

    Errors: Refused where nobody else came within `seconds`, or somebody stopped in the middle;
    Busy where somebody is writing; Unusable.
    """
    if not os.path.exists(path):
        raise NoDatabase(path)
    deadline = monotonic() + seconds
    with suppress(FileExistsError), _side(_first(path)) as tell:
        return _hold(path, deadline, tell, say)
    with suppress(FileExistsError), _side(_second(path)) as tell:
        return _try(path, deadline, tell, say)
    raise Refused(
        "two machines are at it already: whether locks are shared is not known",
        f"remove {_second(path)} if nobody is at it any more, and start again on both",
    )


def _first(path: str) -> str:
    return f"{os.path.realpath(path)}.share-1"


def _second(path: str) -> str:
    return f"{os.path.realpath(path)}.share-2"


# ── the two sides ─────────────────────────────────────────────────────────────────────────────

Tell = Callable[..., None]


def _hold(path: str, deadline: float, tell: Tell, say: Callable[[str], None]) -> Meeting:
    with locks.exclusive(path):
        me = os.urandom(8).hex()
        tell(step="holding", me=me, host=socket.gethostname())
        say("holding the lock: now run the same command on the other machine")
        other = _wait(_second(path), deadline, lambda told: told.get("you") == me)
        tell(step="heard", me=me, you=other["me"], host=socket.gethostname())
        end = _wait(_second(path), deadline, lambda told: "shared" in told)
        tell(step="held", me=me, you=other["me"], host=socket.gethostname())
    _wait_until_gone(_second(path), deadline)
    return Meeting(bool(end["shared"]), socket.gethostname(), str(other["host"]), held_here=True)


def _try(path: str, deadline: float, tell: Tell, say: Callable[[str], None]) -> Meeting:
    say("trying the lock that the other machine holds")
    me = os.urandom(8).hex()
    first = _wait(_first(path), deadline, lambda told: "me" in told)
    mine = {"me": me, "you": first["me"], "host": socket.gethostname()}
    tell(step="asking", **mine)
    _wait(_first(path), deadline, lambda told: told.get("you") == me)
    shared = locks.is_locked(path)
    tell(step="tried", shared=shared, **mine)
    _wait(_first(path), deadline, lambda told: told.get("step") == "held")
    return Meeting(shared, socket.gethostname(), str(first["host"]), held_here=False)


# ── the messages ──────────────────────────────────────────────────────────────────────────────


@contextmanager
def _side(path: str) -> Iterator[Tell]:
    """A file of this side's own, and how to write a message into it. Error: FileExistsError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags, 0o600)
    except FileExistsError:
        raise
    except OSError as exc:
        raise Unusable(f"cannot create {path}: {(exc.strerror or str(exc)).lower()}") from None
    DRAFTS.add(path)

    def tell(**message: Any) -> None:
        line = json.dumps({"for": _MARK, **message}).encode() + b"\n"
        os.pwrite(handle, line.ljust(_LONGEST // 4), 0)
        os.fsync(handle)

    try:
        yield tell
    finally:
        os.close(handle)
        DRAFTS.discard(path)
        with suppress(FileNotFoundError):
            os.unlink(path)


def _read(path: str) -> dict[str, Any]:
    """The other side's message; empty where there is none yet, or none that is whole."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
    except OSError:
        return {}
    with open(handle, "rb") as file:
        text = file.read(_LONGEST)
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) and told.get("for") == _MARK else {}


def _wait(path: str, deadline: float, said: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first message of the other side that says what is waited for. Error: Refused."""
    while True:
        told = _read(path)
        if told and said(told):
            return told
        if monotonic() > deadline:
            raise _nobody(path)
        sleep(_LOOK)


def _wait_until_gone(path: str, deadline: float) -> None:
    """The other side has read the last word; if it never does, the verdict stands all the same."""
    while os.path.lexists(path) and monotonic() < deadline:
        sleep(_LOOK)


def _nobody(path: str) -> Refused:
    if os.path.lexists(path):
        return Refused(
            "the other machine stopped in the middle: whether locks are shared is not known",
            f"remove {path} if nobody is at it any more, and start again on both",
        )
    return Refused(
        "no other machine ran it in time: whether locks are shared is not known",
        "dealflow db check --share on both machines, within the seconds that --seconds says",
    )
