#!/usr/bin/env python3
"""Fills the generated parts of the documents from the program itself.

    python docs/generate.py            writes them
    python docs/generate.py --check    exits with 1 and a diff where one is stale

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->` in a Markdown file of
docs/; NAME is a key of BLOCKS. What stands around it is written by hand. The picture is made by
docs/picture.py, the contract for programs by docs/contract.py, what shells complete by
docs/completion.py, the built-in layouts by dealflow itself; all are checked in the same way.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import unified_diff
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import completion
import contract
import forms
import peers
import picture
from sample import answers
from tables import code, plain, table

from dealflow import config, errors
from dealflow.cli import COMMON, _build
from dealflow.commands.table import COMMANDS, Entry, entry_of, every
from dealflow.interchange.fields import kind_named
from dealflow.interchange.layouts import compiled
from dealflow.output.cells import fields
from dealflow.questions.catalogue import _ABOUT
from dealflow.questions.exporting import COLUMNS
from dealflow.results import Column, Report, Result
from dealflow.store.database import SETTINGS

HERE = Path(__file__).parent
ROOT = HERE.parent
_PART = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


# ── commands ──────────────────────────────────────────────────────────────────────────────────


def every_command() -> Iterator[tuple[str, Entry]]:
    """Each command as it is typed (`reps add`) with its entry in the table."""
    return ((" ".join(words), entry) for words, entry in every())


@cache
def built(name: str) -> Any:
    """The command as Typer runs it."""
    words = name.split()
    return _build(words[-1], entry_of(words))


def own_parameters(name: str) -> list[Any]:
    """The parameters of a command without those that every command has."""
    common = {*COMMON, *_OF_CHANGES, "help"}
    return [p for p in built(name).params if p.name not in common]


def _spelled(parameter: Any) -> str:
    """`-a, --account NAME`, `--active / --left`, `ID...`."""
    metavar = parameter.metavar or ""
    if type(parameter).__name__ == "TyperArgument":
        return metavar
    options = sorted(parameter.opts, key=len)
    told = " / ".join([", ".join(options), *parameter.secondary_opts])
    return f"{told} {metavar}".strip()


def _about(parameter: Any) -> str:
    default = parameter.default
    said = isinstance(default, (str, int)) and not isinstance(default, bool)
    told = [parameter.help or "", f"default {default}" if said else ""]
    return "; ".join(part for part in told if part)


def _parameters(found: Sequence[Any]) -> str:
    rows = [(code(_spelled(p)), plain(_about(p))) for p in found]
    return table(("", ""), rows) + "\n" if rows else ""


def _command(name: str, entry: Entry) -> str:
    own = own_parameters(name)
    words = [_spelled(p) for p in own if type(p).__name__ == "TyperArgument"]
    options = ["[OPTIONS]"] if len(words) < len(own) else []
    kind = "change" if entry.changes else "question"
    more = f"[+ those of a {kind}](#options-every-command-has)"
    more += ", `--yes`" if entry.asks and not entry.changes else ""
    usage = " ".join(["dealflow", name, *words, *options])
    return f"### {name}\n\n`{usage}`\n\n{entry.about}\n\n{_parameters(own)}{more}\n\n"


def commands() -> str:
    panels: dict[str, list[str]] = {}
    for name, entry in every_command():
        top = COMMANDS[name.partition(" ")[0]]
        panels.setdefault(top.panel, []).append(_command(name, entry))
    return "".join(f"## {panel}\n\n{''.join(parts)}" for panel, parts in panels.items())


_OF_CHANGES = ("dry_run", "once")


def common_options() -> str:
    """Those of every command, of questions and of changes, as the program gives them out."""
    question, change = ({p.name: p for p in built(name).params} for name in ("list", "add"))
    of = {True: "every command", False: "a question"}
    rows = [
        (code(_spelled(p)), plain(_about(p)), of[p.name in change])
        for p in question.values()
        if p.name in COMMON
    ]
    rows += [
        (code(_spelled(p)), plain(_about(p)), "a change")
        for p in change.values()
        if p.name in {*COMMON, *_OF_CHANGES} and p.name not in question
    ]
    return table(("", "", "of"), rows)


# ── what is answered ──────────────────────────────────────────────────────────────────────────


def _fields(columns: Sequence[Column]) -> str:
    """The machine fields of a result: a rate has three."""
    rows = []
    for field in fields(columns):
        column = columns[field.at]
        about = column.about or (column.label if column.label != column.name else "")
        bound = {"low": "lower end of its 95 % interval", "high": "upper end"}.get(field.part, "")
        rows.append((code(field.name), column.kind, plain(bound or about)))
    return table(("field", "kind", "what it is"), rows)


def _answer(result: Result, asked: Sequence[str]) -> str:
    heading = ", ".join(code(name) for name in asked)
    text = f"### Answer: {result.name}\n\nfrom {heading}\n\n"
    if isinstance(result, Report):
        text += f"> {plain(result.definition)}\n\n"
    text += _fields(result.columns) + "\n"
    for section in getattr(result, "sections", ()):
        text += f"With `--json`, an array `{section.name}` of\n\n{_fields(section.columns)}\n"
    return text


def answer_fields() -> str:
    """One table for each kind of answer, with the commands that give it."""
    seen: dict[Any, tuple[Any, list[str]]] = {}
    for name, result in answers().items():
        if hasattr(result, "columns"):
            key = (result.columns, tuple(s.columns for s in getattr(result, "sections", ())))
            seen.setdefault(key, (result, []))[1].append(name)
    return "".join(_answer(result, asked) for result, asked in seen.values())


def exported_fields() -> str:
    """What is told of a record of each table that can be exported."""
    parts = []
    for name, columns in COLUMNS.items():
        carried = "" if kind_named(name) else ", which go out only"
        told = ", ".join(_exported(column) for column in columns)
        parts.append(f"- **{name}**{carried}: {told}\n")
    return "".join(parts)


def _exported(column: Column) -> str:
    return code(column.name) + (f" ({plain(column.about)})" if column.about else "")


def kinds() -> str:
    """How each kind of value is written."""
    rows = [
        ("text", '`"Acme"`', "`Acme`"),
        ("id", "`42`, or a handle `" + '"li"' + "`", "`42`"),
        ("int, number", "`0.25`", "`0.25`"),
        ("money", "`1234.50`, beside a field `currency`", "`1234.50`"),
        ("rate", "`0.6316`, with `_low` and `_high`; never rounded", "the same"),
        ("bool", "`true`", "`true`"),
        ("list", '`["a", "b"]`', "`a,b`"),
        ("names, tags", '`["a;b", "c"]`', '`"a;b"; c`: quoted where it holds what parts them'),
        ("day", '`"2026-07-01"`', "`2026-07-01`"),
        ("instant", '`"2026-07-01T10:00:00+08:00"`', "the same, without quotes"),
        ("due", "a day, or an instant where a time was given", "the same"),
        ("sentence", "a text", "the same"),
        ("value", "a number or a text, as SQL has it", "the same"),
        ("absent", "`null`", "nothing"),
    ]
    return table(("kind", "JSON", "TSV, CSV"), rows)


# ── settings, exit codes ──────────────────────────────────────────────────────────────────────


def settings() -> str:
    rows = [(code(key), code(value), _ABOUT.get(key, "")) for key, value in SETTINGS.items()]
    return table(("setting", "default", "what it is"), rows)


def config_keys() -> str:
    about = {"db": "the database file", "rep": "who you are", "format": "as `--output`"}
    return table(("key", "what it is"), [(code(key), about[key]) for key in config.KEYS])


#: an error that writes its own sentence, with words to show it
_SAMPLES: Mapping[str, errors.DealflowError] = MappingProxyType(
    {
        type(error).__name__: error
        for error in (
            errors.UnknownWord("filter key", "stge", ["stage", "status"]),
            errors.BadDate("31 June"),
            errors.BadPeriod("2026-Q5"),
            errors.BadAmount("many"),
            errors.NeedsConfirmation("changing 40 records"),
            errors.UnknownActor(),
            errors.NotFound("deal", "42", hint="dealflow list shows the open ones"),
            errors.AlreadyExists("customer", "Acme"),
            errors.RequirementsMissing("deal 42 (Acme)", "Needs defined", ["needs a contact"], ""),
            errors.ClosedDeal("deal 42 (Acme)", "won", ""),
            errors.NothingToUndo(),
            errors.Busy(10),
            errors.NoDatabase("pipeline.db"),
        )
    }
)
EXITS: Mapping[int, str] = MappingProxyType(
    {
        0: "done; an empty list is an answer too",
        1: "a bug in dealflow",
        2: "wrong usage: the command line, or a value on it, cannot be understood",
        3: "a record that was named is not there",
        4: "conflict: somebody changed it first, or it exists already",
        5: "refused by a rule or by the data; nothing was changed",
        6: "busy: somebody else was writing for ten seconds; try again",
        7: "a file or an output cannot be used: absent, no rights, full, replaced",
        8: "damaged, or not a dealflow database",
        9: "the database has another schema version",
        errors.CHECK_FOUND: "`--check` found something (for cron)",
        errors.PARTLY_DONE: "partly done: an import that was allowed to skip rows it had to reject,"
        " or a batch of separate commands of which some failed",
        errors.INTERRUPTED: "interrupted with Ctrl-C",
        errors.READER_GONE: "the reader of the pipe has gone; nothing is said",
    }
)


def error_classes() -> list[type[errors.DealflowError]]:
    """Every named way to fail, by exit code and then in the order of errors.py."""
    found = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.DealflowError)
    ]
    return sorted(found[1:], key=lambda cls: cls.exit_code)


def exit_codes() -> str:
    return table(("code", "meaning"), [(str(code), told) for code, told in EXITS.items()])


def error_codes() -> str:
    rows = []
    for cls in error_classes():
        sample = _SAMPLES.get(cls.__name__)
        about = f"“{sample.message}”" if sample else " ".join((cls.__doc__ or "").split())
        name = errors.DealflowError.code.fget(cls.__new__(cls))  # type: ignore[attr-defined]
        rows.append((code(name), str(cls.exit_code), plain(about)))
    return table(("`error` in JSON", "exit", "when, or “an example”"), rows)


# ── the house ─────────────────────────────────────────────────────────────────────────────────


def floors() -> str:
    """The floors of the import contract, top first, with what each module says of itself."""
    import ast
    import tomllib

    def said(module: str) -> str:
        path = ROOT / "src" / "dealflow" / module
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        text = ast.get_docstring(ast.parse(file.read_text("utf-8"))) if file.exists() else None
        return (text or "").partition("\n\n")[0].replace("\n", " ")

    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = contract["tool"]["importlinter"]["contracts"][0]["layers"]
    rows = [
        (str(len(layers) - number), code(module), plain(said(module)))
        for number, layer in enumerate(layers)
        for module in layer.split(" | ")
    ]
    return table(("floor", "module", "in its own words"), rows)


# ── writing ───────────────────────────────────────────────────────────────────────────────────

BLOCKS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "account-keys": forms.account_keys,
        "activity-kinds": forms.activity_kinds,
        "amounts": forms.amounts,
        "answer-fields": answer_fields,
        "asked-for": forms.asked_for,
        "commands": commands,
        "common-options": common_options,
        "config-keys": config_keys,
        "contact-keys": forms.contact_keys,
        "dates": forms.dates,
        "dimensions": forms.dimensions,
        "error-codes": error_codes,
        "exit-codes": exit_codes,
        "exported-fields": exported_fields,
        "filter-keys": forms.filter_keys,
        "floors": floors,
        "follow-up-keys": forms.follow_up_keys,
        "import-fields": forms.import_fields,
        "kinds": kinds,
        "periods": forms.periods,
        "peers": peers.written,
        "settings": settings,
    }
)


def filled(text: str) -> str:
    """A document with its generated parts as they ought to be."""
    return _PART.sub(lambda m: f"{m[1]}\n{BLOCKS[m[2]]().strip()}\n\n{m[3]}", text)


def _layouts() -> dict[Path, str]:
    """The layouts that come with the package, read from their TOML files."""
    return {Path(compiled.PATH): compiled.written(compiled.sources())}


def wanted() -> dict[Path, str]:
    """Every file that is generated, wholly or in part, with what it ought to hold."""
    documents = {path: filled(path.read_text("utf-8")) for path in sorted(HERE.glob("*.md"))}
    promised = contract.promised() | completion.promised() | _layouts()
    return documents | picture.pictures() | promised


def main(words: Sequence[str]) -> int:
    stale = 0
    for path, text in wanted().items():
        old = path.read_text("utf-8") if path.exists() else ""
        if old == text:
            continue
        stale += 1
        if "--check" in words:
            name = str(path.relative_to(ROOT))
            diff = unified_diff(old.splitlines(True), text.splitlines(True), name, "generated")
            sys.stderr.writelines(list(diff)[:60])
        else:
            path.write_text(text, "utf-8")
    if stale and "--check" in words:
        sys.stderr.write("hint: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
