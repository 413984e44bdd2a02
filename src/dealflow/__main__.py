"""The process: quiet from its first line, and with a defined end.

Ctrl-C is handled before anything is imported that is not in the interpreter already. What is left
is the start of Python itself, some hundredths of a second in which no program of ours runs.
"""

# The built-in half of `signal`, which would load enum, functools and re first.
import _signal  # type: ignore[import-not-found]
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def _interrupted(*_: object) -> "NoReturn":
    """Leave at once: an open transaction is undone by whoever opens the file next."""
    _sweep()
    try:  # noqa: SIM105 contextlib would have to be loaded for it
        os.write(2, b"interrupted; nothing was changed\n")
    except OSError:  # nobody listens
        pass
    os._exit(130)


def _sweep() -> None:
    """Take away a database that was being made; the module is there only if one is."""
    drafts = sys.modules.get("dealflow.store.drafts")
    if drafts is not None:
        drafts.sweep()


if _signal.getsignal(_signal.SIGINT) == _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _interrupted)


def _ended(number: int, _: object) -> None:
    """Die of the signal, as everybody does who does not catch it."""
    _sweep()
    _signal.signal(number, _signal.SIG_DFL)
    os.kill(os.getpid(), number)


def main() -> "NoReturn":
    """Run dealflow on the command line's words and end the process."""
    if sys.argv[1:2] == ["__complete"]:  # a shell asks, at every press of a key
        from dealflow import completing

        completing.main(sys.argv[2:])
        os._exit(0)
    _signal.signal(_signal.SIGINT, _interrupted)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(_signal, name, None)
        if number and _signal.getsignal(number) == _signal.SIG_DFL:  # nohup ignores it: so do we
            _signal.signal(number, _ended)
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
