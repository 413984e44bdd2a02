"""Programs that are broken on purpose: dealflow with one defect, which a trial has to notice.

`python trials/standins.py DEFECT WORDS…` is dealflow with that defect; `none` is dealflow itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from time import sleep
from typing import Any


def forgetful() -> None:
    """One time in four answers, and has saved nothing; a new database it does make."""
    from dealflow.store import connection

    commit = connection.FileConn.commit

    def now_and_then(conn: Any) -> None:
        if os.getpid() % 4 or "init" in sys.argv:
            commit(conn)
        else:
            conn.rollback()

    connection.FileConn.commit = now_and_then  # type: ignore[method-assign]


def piecemeal() -> None:
    """Commits each statement by itself."""
    from dealflow.store import connection

    connection.FileConn.begin = lambda _: None  # type: ignore[method-assign]


def twice() -> None:
    """Does everything two times: somebody's idea of a retry."""
    from dealflow import invocation

    within = invocation.Run.within

    def again(run: Any, *args: Any) -> Any:
        answer = within(run, *args)
        with suppress(Exception):
            within(run, *args)
        return answer

    invocation.Run.within = again  # type: ignore[method-assign]


def unsynced(level: str = "OFF") -> None:
    """Trusts that the disk has what was written."""
    from dealflow.store import connection

    opened = connection._open

    def careless(*args: Any) -> Any:
        conn = opened(*args)
        execute = conn.execute

        def lower(sql: str, *rest: Any) -> Any:
            return execute(sql.replace("synchronous=FULL", f"synchronous={level}"), *rest)

        conn.execute = lower
        execute(f"PRAGMA synchronous={level}")
        return conn

    connection._open = careless


def half_synced() -> None:
    """SQLite's default: the folder is not synced when the journal goes."""
    from dealflow.store import connection

    opened = connection._open

    def usual(*args: Any) -> Any:
        conn = opened(*args)
        conn.execute("PRAGMA synchronous=FULL")
        return conn

    connection._open = usual


def silent() -> None:
    """Takes every failure of the file for a success."""
    from dealflow.errors import Unusable

    Unusable.exit_code = 0


def talkative() -> None:
    """Shows a traceback where the file is not what it should be."""
    from dealflow import cli
    from dealflow.errors import Damaged, Unusable

    complain = cli.stderr.complain

    def raised(error: Exception, **named: Any) -> None:
        if isinstance(error, Damaged | Unusable):
            raise error
        complain(error, **named)

    cli.stderr.complain = raised


def trusting() -> None:
    """Its check of the database finds nothing, ever."""
    from dealflow.questions import soundness

    soundness.found = lambda _: []


def mender() -> None:
    """Touches whatever it is given."""
    from dealflow.store import connection

    look = connection._look_at

    def touched(path: str) -> Any:
        with open(path, "ab") as file:
            file.write(b"\n")
        return look(path)

    connection._look_at = touched


def stubborn() -> None:
    """Waits for locks for a minute, deaf to Ctrl-C."""
    from dealflow import __main__
    from dealflow.store import connection

    connection.FileConn.patience = 60.0
    deaf: Any = lambda *_: None  # noqa: E731
    __main__._interrupted = deaf


def hasty() -> None:
    """Does not wait for locks."""
    from dealflow.store import connection

    connection.FileConn.patience = 0.0


def untruthful() -> None:
    """On Ctrl-C says that nothing was changed, whatever was; and is slow to answer."""
    from dealflow import invocation
    from dealflow.store import connection

    invocation.hold_interrupts = lambda: None
    commit = connection.FileConn.commit

    def slowly(conn: Any) -> None:
        commit(conn)
        sleep(0.1)

    connection.FileConn.commit = slowly  # type: ignore[method-assign]


def carefree() -> None:
    """Writes anywhere."""
    from dealflow.store import connection

    connection.must_lie_well = lambda *_, **__: None


def keyless() -> None:
    """Takes --key and thinks nothing of it."""
    from dealflow.store import keys

    keys.earlier = lambda *_: None
    keys.keep = lambda *_: None


def overwriting() -> None:
    """Takes --if-version and thinks nothing of it."""
    sys.argv = [word for at, word in enumerate(sys.argv) if not _is_version(at)]


def _is_version(at: int) -> bool:
    return "--if-version" in sys.argv[max(0, at - 1) : at + 1]


DEFECTS: dict[str, Callable[[], None]] = {
    made.__name__: made
    for made in (
        *(forgetful, piecemeal, twice, unsynced, half_synced, silent, talkative, trusting),
        *(mender, stubborn, hasty, untruthful, carefree, keyless, overwriting),
    )
}


def main() -> None:
    defect = sys.argv.pop(1)
    sys.path.pop(0)  # the folder of this file, where other modules have common names
    from dealflow.__main__ import main as ours

    if defect != "none":
        DEFECTS[defect]()
    ours()


if __name__ == "__main__":
    main()
