"""apply: many commands in one process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from dealflow.errors import PARTLY_DONE, Interrupted, Unusable, UsageError
from dealflow.invocation import Run

if TYPE_CHECKING:
    from dealflow.actions import Actor
    from dealflow.batching import Asked, Said

SEPARATE = "a batch of separate transactions cannot be rehearsed"


def apply(
    run: Run,
    file: Annotated[str, typer.Argument(metavar="FILE", help="lines of JSON; - for stdin")],
    each: Annotated[
        bool, typer.Option("--each", help="each line on its own: what fails stops no other")
    ] = False,
) -> tuple[()]:
    """Run many commands, a line of JSON each: all of them or none, or with --each one by one."""
    if run.options.once is not None:
        raise UsageError("in a batch each line has its own key", 'write "key": "…" in the line')
    if each and run.options.dry_run:
        raise UsageError(SEPARATE, "leave --each out")
    with _opened(file) as lines:
        replies = _each(run, lines) if each else _together(run, lines)
        failed = _write(run, replies)
    if failed:
        raise typer.Exit(failed)
    return ()


def _together(run: Run, lines: Iterable[str]) -> list[Said]:
    """All lines in one transaction, one step for undo. Error: the first line's that fails."""
    from dealflow import batching

    def job(by: Actor, _: Any) -> tuple[None, list[Said]]:
        said = []
        for asked in _asked(run, lines):
            said.append(batching.do(run, asked, by.book))
            _raise_of(said[-1])
        return None, said

    return run.within(job)


def _raise_of(said: Said) -> None:
    error = said.wrong
    if error:
        error.message = f"line {said.asked.line}: {error.message}"
        error.facts["line"] = said.asked.line
        raise error


def _each(run: Run, lines: Iterable[str]) -> Iterator[Said]:
    from dealflow import batching

    before = signal.getsignal(signal.SIGINT)
    try:
        for asked in _asked(run, lines):
            if before is not signal.default_int_handler:
                signal.signal(signal.SIGINT, _stop)
            yield batching.do(run, asked)
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(*_: object) -> None:
    raise Interrupted("interrupted; what was answered is done, and nothing else")


def _asked(run: Run, lines: Iterable[str]) -> Iterator[Asked]:
    from dealflow import batching

    return batching.read(lines, run.program.options)


def _write(run: Run, replies: Iterable[Said]) -> int:
    """Answer each line as soon as it is done; the exit code of all together."""
    from dealflow.output import replies as texts
    from dealflow.output import streams

    codes: list[int] = []
    for said in replies:
        line = said.asked.line
        if said.wrong:
            text = texts.failed(line, said.wrong)
        else:
            text = texts.done(line, said.results, run.shown_zone)
        codes.append(said.wrong.exit_code if said.wrong else 0)
        with streams.failures_named(sys.stdout):
            sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))
            sys.stdout.buffer.flush()
    failed = [code for code in codes if code]
    return failed[0] if len(failed) == len(codes) and failed else PARTLY_DONE * bool(failed)


@contextmanager
def _opened(path: str) -> Iterator[IO[str]]:
    """The lines of a file or of stdin, as they come. Error: Unusable."""
    import io

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
