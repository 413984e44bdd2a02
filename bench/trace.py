"""The SQL that a question runs, as SQLite saw it: `python -m bench.trace WORDS…` prints JSON."""

from __future__ import annotations

import io
import json
import sys


def traced(words: list[str]) -> list[str]:
    """The SELECTs of a command line, in order, with the values in place."""
    from dealflow import cli
    from dealflow.store import connection

    found: list[str] = []
    connect = connection.connect

    def listening(path: str) -> connection.Conn:
        conn = connect(path)
        conn.set_trace_callback(found.append)
        return conn

    connection.connect = listening
    shown, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        code = cli.execute(words)
    finally:
        sys.stdout = shown
    if code:
        raise SystemExit(code)
    return [text for text in found if text.split(maxsplit=1)[0].upper() in {"SELECT", "WITH"}]


if __name__ == "__main__":
    json.dump(traced(sys.argv[1:]), sys.stdout)
