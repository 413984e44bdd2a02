"""Answers to the lines of a batch: one line of JSON for each, in the order of the lines."""

from __future__ import annotations

from datetime import tzinfo

from dealflow.errors import DealflowError
from dealflow.output import jsontext, stderr
from dealflow.output.machine import id_column, objects
from dealflow.results import Results, Written
from dealflow.text import masked


def done(line: int, results: Results, zone: tzinfo) -> str:
    """What a line did: the ids of the rows that it wrote, the rows, and how it is said."""
    each = results if isinstance(results, tuple) else (results,)
    written = [result for result in each if isinstance(result, Written)]
    ids = [
        row[at]
        for result in written
        if (at := id_column(result.columns)) is not None
        for row in result.rows
    ]
    rows = [text for result in written for text in objects(result.columns, result.rows, zone)]
    said = [sentence for result in written for sentence in result.said]
    head = jsontext.value({"line": line, "ok": True, "ids": ids, "said": said})
    return f'{head[:-1]}, "rows": [{", ".join(rows)}]}}'


def failed(line: int, error: DealflowError) -> str:
    """Why a line did nothing: what `--json` says of an error, with the line."""
    return masked(jsontext.value({"line": line, "ok": False, **stderr.facts(error)}))
