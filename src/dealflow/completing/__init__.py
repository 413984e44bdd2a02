"""What can be completed on a command line: words of the program, and records of the database.

A shell asks at each press of the key, so this way past the command line loads next to nothing:
what the program has is read from commands.json (docs/completion.py writes it), and a database is
only opened where records are asked for. Nothing is ever written, waited for or complained of: what
cannot be found out is not offered.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

PATIENCE = 1.0
"""Seconds after which nothing is completed: a server that is away, a folder that hangs."""


def main(argv: Sequence[str]) -> None:
    """Answer a shell on stdout. `argv` is the shell's name, and what its script passes on."""
    _end_in_time()
    try:
        told = answer(argv, os.environ).encode()
        sys.stdout.buffer.write(told)
        sys.stdout.buffer.flush()
    except Exception:  # noqa: BLE001 a command line in the making is no place to complain
        return


def answer(argv: Sequence[str], env: Mapping[str, str]) -> str:
    """What the script of the shell reads: how the words are meant, and a line for each."""
    from dealflow.completing import shells
    from dealflow.completing.offers import offered

    asked = shells.asked(argv)
    return shells.told(asked, offered(asked.words, asked.typed, env))


def _end_in_time() -> None:
    import _signal  # type: ignore[import-not-found]

    if hasattr(_signal, "setitimer"):
        _signal.signal(_signal.SIGALRM, lambda *_: os._exit(0))
        _signal.setitimer(_signal.ITIMER_REAL, PATIENCE)
