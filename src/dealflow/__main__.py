"""The process: quiet from its first line, and with a defined end.

Nothing heavy is imported before Ctrl-C is handled.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn


def _interrupted(*_: object) -> NoReturn:
    """Leave at once: an open transaction is undone by whoever opens the file next."""
    _sweep()
    os.write(2, b"interrupted; nothing was changed\n")
    os._exit(130)


def _ended(number: int, _: object) -> None:
    """Die of the signal, as everybody does who does not catch it."""
    _sweep()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _sweep() -> None:
    """Take away a database that was being made; the module is there only if one is."""
    drafts = sys.modules.get("dealflow.store.drafts")
    if drafts is not None:
        drafts.sweep()


def main() -> NoReturn:
    """Run dealflow on the command line's words and end the process."""
    signal.signal(signal.SIGINT, _interrupted)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores it: so do we
            signal.signal(number, _ended)
    import gc

    gc.disable()  # a command is over before collecting would pay
    from dealflow.output import streams

    streams.prepare()
    from dealflow.cli import execute

    code = execute(sys.argv[1:])
    code = _flushed(code)
    os._exit(code)  # skips the interpreter's tear-down, a tenth of the time of a small command


def _flushed(code: int) -> int:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 7
    return code


if __name__ == "__main__":
    main()
