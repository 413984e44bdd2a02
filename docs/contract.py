"""What programs can rely on, as data: contract.json, which `dealflow schema` prints."""
# ruff: noqa: INP001 a script, beside docs/generate.py

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sample import every_answer

from dealflow import errors
from dealflow.cli import COMMON, _build
from dealflow.commands.contract import PATH
from dealflow.commands.table import entry_of, every
from dealflow.customfields import MARK
from dealflow.output.cells import fields
from dealflow.results import (
    BAR,
    BOOL,
    DAY,
    DIFFERENCE,
    DUE,
    ID,
    INSTANT,
    INT,
    LIST,
    MONEY,
    NAMES,
    NUMBER,
    RATE,
    SENTENCE,
    SHARE,
    SPARK,
    TAGS,
    TEXT,
    VALUE,
    Column,
    Document,
    Record,
    Report,
    Result,
    Written,
)

VERSION = 1
"""Goes up when what was promised goes away or means another thing, not for an addition."""

_JSON: Mapping[str, Mapping[str, Any]] = {
    TEXT: {"type": ["string", "null"]},
    SENTENCE: {"type": ["string", "null"]},
    ID: {"type": ["integer", "string", "null"]},
    INT: {"type": ["integer", "null"]},
    NUMBER: {"type": ["number", "null"]},
    SHARE: {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    RATE: {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    DIFFERENCE: {"type": ["number", "null"], "minimum": -1, "maximum": 1},
    SPARK: {"type": ["string", "null"]},
    BAR: {},
    MONEY: {"type": ["number", "null"]},
    BOOL: {"type": ["boolean", "null"]},
    LIST: {"type": ["array", "null"], "items": {"type": "string"}},
    NAMES: {"type": ["array", "null"], "items": {"type": "string"}},
    TAGS: {"type": ["array", "null"], "items": {"type": "string"}},
    DAY: {"type": ["string", "null"], "format": "date"},
    INSTANT: {"type": ["string", "null"], "format": "date-time"},
    DUE: {"type": ["string", "null"]},
    VALUE: {},
}
"""How each kind of value is written in JSON; what is absent is null."""
_BOUNDS = {"low": "lower end of its 95 % interval", "high": "upper end of its 95 % interval"}


def contract() -> dict[str, Any]:
    """The whole of it."""
    given = every_answer()
    return {
        "contract": VERSION,
        "errors": dict(_errors()),
        "commands": {
            " ".join(words): {
                "about": entry.about,
                "changes": entry.changes,
                "arguments": list(_arguments(words)),
                "options": dict(_options(words)),
                "output": outputs(given.get(" ".join(words), [])),
            }
            for words, entry in every()
        },
    }


def promised() -> dict[Path, str]:
    """The file of the package, with what it ought to hold."""
    return {Path(PATH): json.dumps(contract(), ensure_ascii=False, indent=1) + "\n"}


def _errors() -> Iterator[tuple[str, int]]:
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.DealflowError):
            error = value.__new__(value)
            yield error.code, value.exit_code


def _parameters(words: Sequence[str]) -> list[Any]:
    command = _build(words[-1], entry_of(words))
    left_out = {*COMMON, "help"} - {"yes", "as_of"}
    return [param for param in command.params if param.name not in left_out]


def _arguments(words: Sequence[str]) -> Iterator[dict[str, Any]]:
    for param in _parameters(words):
        if type(param).__name__ == "TyperArgument":
            yield {"words": param.metavar or param.name.upper(), "about": param.help}


def _options(words: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """By the name that a line of a batch has for it."""
    for param in _parameters(words):
        if type(param).__name__ == "TyperArgument":
            continue
        for option in (*param.opts, *param.secondary_opts):
            if option.startswith("--"):
                kind = {"type": "boolean"} if param.is_flag else {"type": "string"}
                many = {"type": "array", "items": kind} if param.multiple else kind
                yield option[2:].replace("-", "_"), {**many, "description": param.help}


def outputs(results: Sequence[Result | None]) -> dict[str, Any]:
    """What a command prints, whatever its options: one schema, or any of several."""
    each: list[dict[str, Any]] = []
    for result in results:
        told = output(result)
        if told and told not in each:
            each.append(told)
    return {"anyOf": each} if len(each) > 1 else next(iter(each), {})


def output(result: Result | None) -> dict[str, Any]:
    """JSON Schema (2020-12) of what a command prints with --json; {} where it prints none."""
    if result is None or isinstance(result, Document):
        return {}
    row = _object(result.columns)
    if isinstance(result, Written) and not result.many:
        return row
    if isinstance(result, Record):
        return _with_sections(row, result)
    if isinstance(result, Report):
        return _report(result, row)
    return {"type": "array", "items": row}


def _object(columns: Sequence[Column]) -> dict[str, Any]:
    """The fields of the columns; those of a team's own are called `field:KEY`."""
    found = {}
    for field in fields(columns):
        column = columns[field.at]
        if column.name.startswith(MARK):
            continue
        about = _BOUNDS.get(field.part or "", column.about or column.label)
        found[field.name] = {**_JSON[column.kind], "description": about}
    return {"type": "object", "properties": found, "required": list(found)}


def _with_sections(told: dict[str, Any], result: Record | Report) -> dict[str, Any]:
    for section in result.sections:
        told["properties"][section.name] = {"type": "array", "items": _object(section.columns)}
        told["required"].append(section.name)
    return told


def _report(report: Report, row: dict[str, Any]) -> dict[str, Any]:
    head = {
        "report": {"const": report.name},
        "as_of": {"type": "string", "format": "date-time"},
        "definition": {"type": "string"},
        "parameters": {"type": "object"},
        "rows": {"type": "array", "items": row},
        "notes": {"type": "array", "items": {"type": "string"}},
    }
    told = {"type": "object", "properties": head, "required": list(head)}
    if report.total is not None:
        told["properties"]["total"] = row
    return _with_sections(told, report)
