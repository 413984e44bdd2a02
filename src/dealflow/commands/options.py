"""Options that several commands share, declared once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dealflow.errors import UsageError

if TYPE_CHECKING:
    from dealflow.actions.activities import Plan
    from dealflow.invocation import Run

Filter = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILTER]...",
        help="which deals: stage:needs.. owner:me value:>=100k close:<eoq -tag:vip field:need:any",
        show_default=False,
    ),
]
CustomerFilter = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILTER]...",
        help="which customers: part of the name, owner:none grade:A,B region:华东 field:tier:any",
        show_default=False,
    ),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="the deal's number: 42 or #42")]
Ids = Annotated[
    list[str], typer.Argument(metavar="ID...", help="numbers, ranges (3-7), or - for stdin")
]
At = Annotated[
    str | None, typer.Option("--at", metavar="WHEN", help="when it happened, if not now")
]
Force = Annotated[
    bool, typer.Option("--force", help="go ahead although something is missing; needs --why")
]
Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="why; kept for good")]
IfVersion = Annotated[
    int | None,
    typer.Option("--if-version", metavar="N", help="only if nobody changed it since"),
]
NoPlan = Annotated[
    bool, typer.Option("--no-plan", help="plan none of the follow-ups that the stage plans")
]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="a remark to keep")]
From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="first day")]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="last day")]
PeriodName = Annotated[
    str | None,
    typer.Option("--period", metavar="PERIOD", help="2026, 2026-Q3, this-month, last-90d"),
]
Next = Annotated[
    str | None, typer.Option("--next", metavar="WHEN", help="plan the next follow-up for then")
]
NextWhat = Annotated[
    str | None, typer.Option("--next-what", metavar="TEXT", help="what to do next")
]
Goal = Annotated[str | None, typer.Option("--goal", metavar="TEXT", help="to what end")]
Kind = Annotated[
    str | None, typer.Option("--kind", "-k", metavar="KIND", help="call, visit, meeting, demo …")
]
For = Annotated[str | None, typer.Option("--for", metavar="REP", help="who is to do it")]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", help="at most so many rows; 0: all", min=0)
]
Sort = Annotated[
    str | None, typer.Option("--sort", metavar="COLUMN", help="order; -COLUMN is descending")
]
Pipeline = Annotated[
    str | None, typer.Option("--pipeline", metavar="KEY", help="which pipeline, if not the default")
]
Grade = Annotated[str | None, typer.Option("--grade", metavar="A|B|C", help="importance")]
Email = Annotated[str | None, typer.Option("--email", metavar="ADDRESS", help="e-mail address")]
NoteArgument = Annotated[
    str | None, typer.Argument(metavar="[NOTE]", help="what was said", show_default=False)
]
Outcome = Annotated[str | None, typer.Option("--outcome", metavar="TEXT", help="what came of it")]
Channel = Annotated[str | None, typer.Option("--channel", metavar="TEXT", help="phone, WeChat …")]
WithWhom = Annotated[str | None, typer.Option("--contact", metavar="NAME", help="with whom")]
Inbound = Annotated[bool, typer.Option("--in", help="they came to us")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="a custom field; repeatable"),
]
NewName = Annotated[str | None, typer.Option("--name", metavar="NAME", help="the name")]


def given(**values: object) -> dict[str, object]:
    """The options that were given; `none` or an empty word takes a value away."""
    return {
        key: None if value in {"none", ""} else value
        for key, value in values.items()
        if value is not None
    }


def pairs(words: list[str] | None, what: str) -> dict[str, str]:
    """`name=value` words as a mapping. Error: UsageError."""
    from dealflow.errors import UsageError

    found: dict[str, str] = {}
    for word in words or []:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"'{word}' is not {what}", "write NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


def next_step(
    run: Run, when: str | None, what: str | None, goal: str | None = None, for_: str | None = None
) -> Plan | None:
    """The follow-up that --next plans. Error: UsageError where the day is missing."""
    from dealflow.actions import activities

    if when is None:
        if what or goal or for_:
            raise UsageError("the next step needs a day", "add --next fri")
        return None
    return activities.Plan(due=run.when(when), what=what or "follow up", goal=goal, for_=for_)
