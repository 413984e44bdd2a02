"""remind: each rep's digest of the day, on the terminal, by mail, or in a chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from dealflow import config
from dealflow.commands.options import Filter
from dealflow.errors import UnknownActor, Unusable, UsageError
from dealflow.invocation import Run
from dealflow.results import INT, MACHINE, Column, Document, Results, Table

if TYPE_CHECKING:
    from dealflow.model import Rep
    from dealflow.questions import Ask
    from dealflow.questions.digest import Digest, Ladder
    from dealflow.reminding import Job, Outcome
    from dealflow.reminding.channels import Channel

TERMINAL = "terminal"
PARTLY = 11
COLUMNS = (
    Column("rep", "rep", about="handle"),
    Column("channel", "channel"),
    Column("to", "to", about="the address, without what is secret in it"),
    Column("state", "state", about="sent, sent before, no address, failed"),
    Column("why", "why", about="what went wrong"),
    Column("subject", "subject"),
    Column("late", "late", INT, MACHINE),
    Column("due", "due", INT, MACHINE),
)


def remind(
    run: Run,
    filter_: Filter = None,
    for_: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="REP", help="only this rep; repeatable, also me"),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="CHANNEL",
            help="terminal email wecom dingtalk feishu slack json; repeatable",
        ),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", metavar="N", help="days to look ahead", min=0, max=366)
    ] = 0,
    again: Annotated[
        bool, typer.Option("--again", help="send it although it was sent today")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="print what would be sent, send nothing")
    ] = False,
) -> Results:
    """Remind each rep of what is late and due: on the terminal, by mail, or in a chat."""
    from dealflow.reminding.channels import configured

    channels = configured(run.env)
    wanted = list(dict.fromkeys(by or [*channels] or [TERMINAL]))
    _must_be_known(wanted, channels)
    found, steps = run.ask(_asked, run.db.reps(), filter_ or [], days)
    whose = _whose(run, for_ or [], wanted)
    found = [digest for digest in found if whose is None or digest.rep.handle in whose]
    shown = (_on_terminal(found, steps),) if TERMINAL in wanted else ()
    ways = [channels[name] for name in wanted if name != TERMINAL]
    if not ways:
        return shown
    jobs = _jobs(found, steps, ways, again=again)
    if dry_run:
        return (*shown, _rehearsed(run, jobs))
    if run.options.as_of is not None:
        raise UsageError("--as-of is for looking back; reminders are sent now", "add --dry-run")
    return (*shown, _sent(run, jobs))


def _must_be_known(wanted: Sequence[str], channels: dict[str, Channel]) -> None:
    from dealflow.errors import UnknownWord
    from dealflow.reminding.letters import CHANNELS

    for name in wanted:
        if name not in {TERMINAL, *CHANNELS}:
            raise UnknownWord("channel", name, (TERMINAL, *CHANNELS))
        if name != TERMINAL and name not in channels:
            hint = f"a table [{name}] in reminders.toml, beside config.toml"
            raise Unusable(f"{name} is not set up", hint)


def _whose(run: Run, told: Sequence[str], wanted: Sequence[str]) -> set[str] | None:
    """The handles of those named; else, on the terminal alone, one's own; None for everybody."""
    if told:
        return {_rep(run, word).handle for word in told}
    me = run.me() if wanted == [TERMINAL] else None
    return None if me is None else {me.handle}


def _rep(run: Run, word: str) -> Rep:
    me = run.me() if word == "me" else run.rep(word)
    if me is None:
        raise UnknownActor
    return me


def _asked(ask: Ask, reps: list[Rep], words: list[str], days: int) -> tuple[list[Digest], Ladder]:
    from dealflow.questions import digest

    return digest.digests(ask, reps, words=words, ahead=days), digest.ladder(ask)


def _on_terminal(found: Sequence[Digest], steps: Ladder) -> Document:
    from dealflow.reminding import letter

    letters = [letter(digest, steps) for digest in found]
    told = ["\n".join([f"{one.rep}: {one.subject}", "", *one.lines]) for one in letters]
    text = "\n\n".join(told) + "\n" if told else "nothing is late or due\n"
    return Document(name="digest", text=text, data={"digests": [one.data for one in letters]})


def _jobs(
    found: Sequence[Digest], steps: Ladder, ways: Sequence[Channel], *, again: bool
) -> list[Job]:
    from dealflow.reminding import Job, letter

    return [
        Job(rep=digest.rep, letter=letter(digest, steps), channel=way, again=again)
        for way in ways
        for digest in found
    ]


def _rehearsed(run: Run, jobs: Sequence[Job]) -> Document:
    """What would be handed over, to the byte, but for addresses and signatures."""
    from dealflow.reminding import payload, readable

    told = [f"# {_headed(job)}\n{readable(job, run.clock)}\n" for job in jobs]
    data = [
        {
            "rep": job.rep.handle,
            "channel": job.channel.name,
            "to": job.to or None,
            "payload": payload(job, run.clock) or None,
        }
        for job in jobs
    ]
    text = "\n".join(told) or "nothing is late or due\n"
    return Document(name="reminders", text=text, data={"reminders": data})


def _headed(job: Job) -> str:
    return f"{job.channel.name} to {job.rep.handle} at {job.to or 'no address'}"


def _sent(run: Run, jobs: Sequence[Job]) -> Table:
    """The table of what became of each."""
    from time import sleep

    from dealflow import clock, reminding

    with reminding.alone(config.state_folder(run.env)):
        outcomes = list(reminding.send(run.db, jobs, clock.now, sleep))
    states = reminding.counted(outcomes)
    return Table(
        name="reminders",
        columns=COLUMNS,
        rows=[_row(outcome) for outcome in outcomes],
        summary=(" · ".join(f"{n} {state}" for state, n in states.items()),) if outcomes else (),
        empty="nothing is late or due: nobody was reminded",
        exit_code=PARTLY if reminding.FAILED in states else 0,
    )


def _row(outcome: Outcome) -> tuple[object, ...]:
    job = outcome.job
    counts = (len(job.letter.data["late"]), len(job.letter.data["due"]))
    where = (job.rep.handle, job.channel.name, job.to or None)
    return (*where, outcome.state, outcome.why or None, job.letter.subject, *counts)
