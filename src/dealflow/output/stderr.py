"""What is said to a person: sentences, notes and refusals, on stderr only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from dealflow.errors import DealflowError
from dealflow.output import streams
from dealflow.output.text import clean
from dealflow.text import masked


def say(lines: Iterable[str]) -> None:
    """Print sentences for a person, each on one line. A stderr that is closed does not matter."""
    told = [lines] if isinstance(lines, str) else lines
    _print("".join(clean(masked(line)) + "\n" for line in told))


def note(text: str) -> None:
    """Print a remark that a result has no room for: `note: 20 of 140 shown`."""
    say([f"note: {text}"])


def complain(error: DealflowError, as_json: bool = False) -> None:
    """Print a refusal: `error: …` and `hint: …`, or the same as one JSON object."""
    if as_json:
        _print(masked(_as_json(error)) + "\n")
        return
    hint = [f"hint: {error.hint}"] if error.hint else []
    say([f"error: {error.message}", *error.details, *hint])


def _as_json(error: DealflowError) -> str:
    from dealflow.output import jsontext

    return jsontext.value(facts(error))


def facts(error: DealflowError) -> dict[str, object]:
    """A refusal as machines read it."""
    told = {
        "error": error.code,
        "message": error.message,
        "hint": error.hint,
        "exit_code": error.exit_code,
    }
    return told | {key: error.facts[key] for key in error.facts if key not in told}


def _print(text: str) -> None:
    stream = sys.stderr
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        streams.silence(stream)


def tell_waiting() -> Callable[[float], None]:
    """Takes the seconds waited so far, again and again; tells a person once, after a second."""
    told = False

    def tell(waited: float) -> None:
        nonlocal told
        if waited > 1 and not told and sys.stderr.isatty():
            told = True
            say(["waiting: someone else is writing"])

    return tell
