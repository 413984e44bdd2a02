"""Deals that are worth a talk: what wants doing most, and what is likeliest to be won."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dealflow.questions import Ask
from dealflow.questions.likeliest import why
from dealflow.questions.next import First, first_of_each
from dealflow.questions.scoring import Chance, Scores, chances
from dealflow.questions.worklists import Listing, owned_by
from dealflow.results import ID, SENTENCE, SHARE, Column, Row

LOOK_AT = (
    Column("rep", "rep"),
    Column("id", "deal", ID),
    Column("title", "title"),
    Column("account", "customer"),
    Column("chance", "chance", SHARE, about="that it is won: as dealflow score says"),
    Column("why", "why", SENTENCE),
    Column("command", "to go on", about="a command to begin with"),
)
#: what is to be done, and the command that does it
_COMMANDS = {
    "plan the next step": 'dealflow plan {} fri "…"',
    "get in touch": "dealflow log {} call --next fri",
    "move it on, or close it": "dealflow advance {}",
    "set a new close date": "dealflow edit {} --close eom",
}
_LIKELIEST = 2


def look_at(
    ask: Ask, words: Sequence[str], who: str | None, each: int
) -> tuple[list[Row], tuple[str, ...]]:
    """Rows of LOOK_AT, rep by rep: `each` at the top of the worklist, then two likely ones."""
    asked = [*words, *owned_by(who)]
    scores = chances(ask, asked)
    known = {one.deal: one for one in scores.chances}
    first = first_of_each(ask, asked, each)
    wanting = [_wanting(one, known.get(one.deal)) for one in first]
    likely = list(_likely(ask, asked, scores, {one.deal for one in first}))
    rows = sorted([*wanting, *likely], key=lambda row: row[0])
    told = "chances are stage base rates: too little to learn more from" if rows else ""
    return rows, (told,) if told and scores.learnt.model is None else ()


def _wanting(one: First, chance: Chance | None) -> Row:
    command = _COMMANDS.get(one.what, "dealflow show {}").format(one.deal)
    if one.follow_up:
        command = f"dealflow done {one.follow_up} --next fri"
    share = None if chance is None else round(chance.share, 4)
    return one.owner, one.deal, one.title, one.account, share, one.why, command


def _likely(ask: Ask, words: Sequence[str], scores: Scores, listed: set[int]) -> Iterator[Row]:
    """The likeliest of each rep that are not listed yet; none where only stages tell."""
    if scores.learnt.model is None:
        return
    listing = Listing(ask, words)
    taken: Counter[int] = Counter()
    ordered = sorted(scores.chances, key=lambda one: (-round(one.share, 4), one.deal))
    facts = {fact.id: fact for fact in listing.facts([one.deal for one in ordered])}
    for one in ordered:
        fact = facts[one.deal]
        if one.deal in listed or taken[fact.owner_id] >= _LIKELIEST:
            continue
        taken[fact.owner_id] += 1
        yield (
            listing.reps[fact.owner_id],
            one.deal,
            fact.title,
            fact.account,
            round(one.share, 4),
            f"likely: {why(scores, one)}",
            f"dealflow show {one.deal}",
        )
