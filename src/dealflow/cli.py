"""The command line: the table of commands, the options every command has, errors to exit codes.

A command's module is imported when it is called, so that `dealflow list` never pays for `import`.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dealflow.commands.table import COMMANDS, Entry, Group, entry_of, every
from dealflow.errors import (
    INTERRUPTED,
    READER_GONE,
    BadText,
    Damaged,
    DealflowError,
    UnknownWord,
    Unusable,
    UsageError,
)
from dealflow.invocation import Run
from dealflow.options import Options
from dealflow.output import stderr, streams
from dealflow.program import Accepts, Program
from dealflow.text import masked
from dealflow.typed import MARK, readable, unmarked

# ── options that every command has ────────────────────────────────────────────────────────────

Db = Annotated[
    str | None, typer.Option("--db", metavar="PATH", help="the database file (DEALFLOW_DB)")
]
As = Annotated[str | None, typer.Option("--as", metavar="REP", help="who you are (DEALFLOW_REP)")]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT|FILE",
        help="table json ndjson csv tsv md ids xlsx; or a file: deals.csv, report.xlsx",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="the same as -o json")]
NoHeader = Annotated[bool, typer.Option("--no-header", help="leave out the heading line")]
Raw = Annotated[bool, typer.Option("--raw", help="CSV without its guard against formulas")]
Excel = Annotated[
    bool, typer.Option("--excel", help="CSV as Excel opens it: UTF-8 with its mark, CRLF")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="answer as at the end of that day")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="show what would be done, change nothing")
]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="TEXT", help="do it once: asked for again, it answers the same"),
]

HELP = {"help_option_names": ["-h", "--help"]}

COMMON: dict[str, tuple[Any, Any]] = {
    "db": (Db, None),
    "actor": (As, None),
    "output": (Output, None),
    "json": (Json, False),
    "no_header": (NoHeader, False),
    "raw": (Raw, False),
    "excel": (Excel, False),
    "as_of": (AsOf, None),
    "yes": (Yes, False),
}
#: of the common options, those that make no sense for a question, and for a change
_OTHERS = {False: {"yes"}, True: {"as_of", "raw", "excel"}}


def _with_common(function: Callable[..., Any], entry: Entry) -> Callable[..., int]:
    """The function as Typer sees it: its own options and the common ones; it shows the result."""
    others = _OTHERS[entry.changes] - ({"yes"} if entry.asks else set())
    common = {name: option for name, option in COMMON.items() if name not in others}
    common |= {"dry_run": (DryRun, False), "once": (Key, None)} if entry.changes else {}

    def command(ctx: typer.Context, **given: Any) -> int:
        given = {name: unmarked(value) for name, value in given.items()}
        own = Options(**{name: given.pop(name) for name in common})
        run: Run = ctx.obj
        run.options = own.over(run.options)
        run.verb = str(ctx.command_path).partition(" ")[2]
        run.to.must_agree(changes=entry.changes)
        run.content = [repr(sorted(given.items()))] if run.options.once is not None else []
        return run.show(function(run, **given))

    signature = inspect.signature(function, eval_str=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("ctx", kind, annotation=typer.Context),
        *(p.replace(kind=kind) for p in list(signature.parameters.values())[1:]),
        *(
            inspect.Parameter(name, kind, annotation=annotation, default=default)
            for name, (annotation, default) in common.items()
        ),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = function.__doc__
    return command


class _Lazy(TyperGroup):
    """A group whose commands are built when they are called."""

    table: dict[str, Entry | Group]
    built: dict[str, Any]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in self.built:
            entry = self.table.get(cmd_name)
            if entry is None:
                raise UnknownWord("command", cmd_name, tuple(self.table))
            self.built[cmd_name] = _build(cmd_name, entry)
        return self.built[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A command with further ones is followed by a word of theirs, or it is meant itself."""
        name, command, rest = super().resolve_command(ctx, args)
        entry = self.table.get(name or "")
        if rest and isinstance(entry, Entry) and rest[0] in entry.further:
            name, command = f"{name} {rest[0]}", _build(rest[0], entry.further[rest[0]])
            rest = rest[1:]
        return name, command, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.table.items():
            panels.setdefault(entry.panel or "Commands", []).append((name, entry.about))
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


def _build(name: str, entry: Entry | Group) -> Any:
    if isinstance(entry, Group):
        return _group(name, entry.about, dict(entry.commands))
    module, _, function = entry.target.partition(":")
    found = getattr(import_module(f"dealflow.commands.{module}"), function)
    app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=HELP)
    command = app.command(name, help=found.__doc__, epilog=_further(entry))
    command(_with_common(found, entry))
    return typer.main.get_command(app)


def _further(entry: Entry) -> str | None:
    """What the help of a command says of the ones that are called by a further word."""
    if not entry.further:
        return None
    width = max(map(len, entry.further))
    lines = [f"  {word:<{width}}  {one.about}" for word, one in entry.further.items()]
    return "\b\n" + "\n".join(["With a further word:", *lines])


def _group(name: str, about: str, table: dict[str, Any]) -> Any:
    app = typer.Typer(
        name=name,
        cls=type("_Group", (_Lazy,), {"table": table, "built": {}}),
        add_completion=False,
        rich_markup_mode=None,
        invoke_without_command=True,
        context_settings=HELP,
    )
    app.callback(help=about)(_start if name == "dealflow" else _help_alone)
    return typer.main.get_command(app)


def _help_alone(ctx: typer.Context) -> None:
    """A group without a command shows what it has."""
    if ctx.invoked_subcommand is None:
        raise _Shown(ctx.get_help())


class _Shown(Exception):
    """Text to print instead of running a command."""


def _start(  # noqa: PLR0917 the common options, as Typer needs them
    ctx: typer.Context,
    db: Db = None,
    actor: As = None,
    output: Output = None,
    json: Json = False,
    no_header: NoHeader = False,
    raw: Raw = False,
    excel: Excel = False,
    as_of: AsOf = None,
    yes: Yes = False,
    version: Annotated[bool, typer.Option("--version", help="print the version")] = False,
) -> None:
    run: Run = ctx.obj
    run.options = Options(db, actor, output, json, no_header, raw, excel, as_of, yes)
    if version:
        from importlib.metadata import version as installed

        raise _Shown(f"dealflow {installed('dealflow')}")
    _help_alone(ctx)


# ── running ───────────────────────────────────────────────────────────────────────────────────


def execute(argv: Sequence[str]) -> int:
    """Run one command line; the exit code. Results are on stdout, everything said on stderr."""
    words = readable(argv)
    run = Run(Options(), tuple(argv), program=PROGRAM)
    try:
        return _dispatch(words, run)
    except DealflowError as error:
        stderr.complain(error, as_json=_wants_json(words, run))
        return error.exit_code
    except streams.ReaderGone:
        return READER_GONE
    except (KeyboardInterrupt, typer.Abort):
        stderr.say(["interrupted; nothing was changed"])
        return INTERRUPTED
    except OverflowError:
        stderr.complain(UsageError("a number is too large"), as_json=_wants_json(words, run))
        return UsageError.exit_code
    except UnicodeEncodeError as error:  # a name that is looked up; what is stored was looked at
        stderr.complain(_not_utf8(error), as_json=_wants_json(words, run))
        return UsageError.exit_code
    except Exception as error:  # noqa: BLE001 the last resort: never a traceback
        meant = _meant(error, run)
        if meant is None:
            return _bug(error)
        stderr.complain(meant, as_json=_wants_json(words, run))
        return meant.exit_code
    finally:
        run.close()


def _meant(error: Exception, run: Run) -> DealflowError | None:
    """What an error that nobody expected is about, if it is no bug."""
    from errno import EOVERFLOW  # an instant beyond what the system's calendar holds

    if isinstance(error, OSError) and error.errno != EOVERFLOW:
        return _unusable(error)
    if run.is_damaged():
        return Damaged(f"{run.place} holds a damaged value", "dealflow db check names it")
    return None


def _unusable(error: OSError) -> Unusable:
    reason = (error.strerror or str(error)).lower()
    return Unusable(f"cannot use {error.filename}: {reason}" if error.filename else reason)


def _not_utf8(error: UnicodeEncodeError) -> UsageError:
    return BadText(f"'{error.object}' is not valid UTF-8", "save or type it as UTF-8")


#: commands that change something and make no sense among others, or read stdin themselves
_ALONE = {"apply", "undo", "redo", "import", "init", "db", "demo"}


def _perform(words: Sequence[str], run: Run) -> int:
    """A line of a batch. Errors: DealflowError, whatever was wrong with it."""
    try:
        return _dispatch(readable(words), run)
    except OverflowError as error:
        raise UsageError("a number is too large") from error
    except UnicodeEncodeError as error:
        raise _not_utf8(error) from error


@cache
def _accepts(name: str) -> Accepts:
    """What a line of a batch may say to a command. Error: UsageError."""
    words = name.split()
    try:
        entry = entry_of(words)
    except (KeyError, IndexError):
        raise UnknownWord("command", name, [" ".join(path) for path, _ in every()]) from None
    if not isinstance(entry, Entry) or not entry.changes or words[0] in _ALONE:
        raise UsageError(f"{name} is no command of a batch", "dealflow apply --help")
    command = _build(words[-1], entry)
    left_out = {*COMMON, "dry_run"} - {"yes"}
    return {
        option[2:].replace("-", "_"): None if param.is_flag else bool(param.multiple)
        for param in command.params
        if param.name not in left_out and type(param).__name__ == "TyperOption"
        for option in (*param.opts, *param.secondary_opts)
        if option.startswith("--") and option != "--help"
    }


PROGRAM = Program(_perform, _accepts)


@cache
def _root() -> Any:
    return _group("dealflow", "The sales pipeline in a terminal.", COMMANDS)


def _dispatch(words: list[str], run: Run) -> int:
    try:
        code = _root().main(words, prog_name="dealflow", standalone_mode=False, obj=run)
    except (typer.Exit, typer.Abort):
        raise
    except _Shown as text:
        print(text)
        return 0
    except typer.TyperException as error:
        raise _usage(error) from None
    return code if isinstance(code, int) else 0


def _usage(error: Any) -> UsageError:
    told = str(error.format_message()).partition(" (Possible options")[0].replace(MARK, "")
    told = told.strip().rstrip(".")
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else "dealflow"
    return UsageError(told[:1].lower() + told[1:], f"{path} --help")


def _wants_json(words: Sequence[str], run: Run) -> bool:
    """Whether errors are to be JSON; the command line may have failed before it was understood."""
    if run.options.json or run.options.output == "json" or "--json" in words:
        return True
    pairs = zip(words, [*words[1:], ""], strict=True)
    named = any(word in {"-o", "--output"} and value == "json" for word, value in pairs)
    return named or bool({"-ojson", "--output=json"} & set(words))


def _bug(error: Exception) -> int:
    """One line, and the traceback in a file that only the user can read."""
    import tempfile
    import traceback

    if os.environ.get("DEALFLOW_DEBUG") == "1":
        sys.stderr.write(masked("".join(traceback.format_exception(error))))
        return 1
    handle, path = tempfile.mkstemp(prefix="dealflow-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(traceback.format_tb(error.__traceback__))
        file.write(f"{type(error).__name__}\n")
    stderr.say(
        [f"error: a bug in dealflow ({type(error).__name__})", f"hint: please report {path}"]
    )
    return 1
