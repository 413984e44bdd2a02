"""Merging real files with random histories: any order, any number of times, the same content."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.file

_spec = importlib.util.spec_from_file_location("copies", Path(__file__).with_name("copies.py"))
copies = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(copies)
content, copy = copies.content, copies.copy

DEALS = ("1", "1", "2", "3", "4", "4", "5")
#: what people do; a command that is refused is as good as one that is not given
EDITS = st.tuples(
    st.just("edit"),
    st.sampled_from(DEALS),
    st.sampled_from(
        [
            ("--value", "1k"),
            ("--value", "USD 2k"),
            ("--close", "2026-09-01"),
            ("--title", "Renamed"),
            ("--owner", "wang"),
            ("--owner", "li"),
            ("--set", "need=quiet"),
            ("--set", "need=loud"),
            ("--set", "budget=10"),
            ("--tag", "vip"),
            ("--tag", "hot"),
            ("--tag", "-old"),
            ("--grade", "A"),
            ("--account", "Acme"),
            ("--contact", "Zhao"),
            ("--product", "Pump"),
            ("--product", "Valve"),
            ("--product", "none"),
            ("--probability", "40%"),
        ]
    ),
).map(lambda told: (told[0], told[1], *told[2]))
OTHERS = st.one_of(
    st.sampled_from(DEALS).map(lambda deal: ("advance", deal, "--force", "--why", "x")),
    st.sampled_from(DEALS).map(lambda deal: ("back", deal)),
    st.sampled_from(DEALS).map(lambda deal: ("win", deal, "--force", "--why", "x")),
    st.sampled_from(DEALS).map(lambda deal: ("lose", deal, "-r", "price")),
    st.sampled_from(DEALS).map(lambda deal: ("void", deal)),
    st.sampled_from(DEALS).map(lambda deal: ("reopen", deal)),
    st.tuples(st.sampled_from(DEALS), st.sampled_from(["call", "email"])).map(
        lambda told: ("log", *told, "said so")
    ),
    st.sampled_from(DEALS).map(lambda deal: ("plan", deal, "+3d", "meet")),
    st.sampled_from("123456").map(lambda number: ("done", number)),
    st.sampled_from("123456").map(lambda number: ("snooze", number, "+5d")),
    st.sampled_from("123456").map(lambda number: ("cancel", number, "--why", "moved")),
    st.sampled_from(["Pumps", "Hoses", "Seals"]).map(
        lambda title: ("add", title, "-a", f"{title} Ltd", "--new-account")
    ),
    st.sampled_from(["X1", "X2"]).map(lambda key: ("add", f"Deal {key}", "--external-id", key)),
    st.sampled_from(["zhang", "sun"]).map(lambda rep: ("reps", "add", rep)),
    st.sampled_from(["north", "south"]).map(lambda team: ("reps", "edit", "wang", "--team", team)),
    st.sampled_from(["A", "B"]).map(lambda grade: ("accounts", "edit", "Acme", "--grade", grade)),
    st.sampled_from(["CTO", "CFO"]).map(lambda title: ("contacts", "edit", "1", "--title", title)),
    st.sampled_from(["9k", "8k"]).map(lambda price: ("products", "edit", "Pump", "--price", price)),
    st.sampled_from(["3d", "9d"]).map(lambda days: ("settings", "set", "cadence.A", days)),
    st.sampled_from(["7.1", "7.2"]).map(lambda rate: ("settings", "rate", "USD", rate)),
    st.permutations(["1", "2", "3"]).map(lambda ids: ("accounts", "merge", *ids[:2])),
    st.sampled_from(["Acme", "Gamma"]).map(lambda name: ("contacts", "add", name, "Zhou")),
    st.sampled_from(["Beta", "Gamma"]).map(lambda name: ("accounts", "log", name, "call", "hm")),
    st.just(("undo",)),
    st.integers(7, 16).map(lambda number: ("undo", str(number))),
    st.just(("undo", "8")),  # the fourth deal, with what was added together with it
    st.just(("redo",)),
)
DEEDS = st.booleans().flatmap(lambda edit: EDITS if edit else OTHERS)


#: a deal with all that one command can give it: customer, contact, product, plan
FOUR = (
    *("add", "Four", "-a", "Gamma", "--contact", "Sun", "--product", "Valve"),
    *("--next", "+2d", "--next-what", "call"),
)


class Office:
    """Copies of one database, each with its rep, and a clock that goes on between commands."""

    def __init__(self, line, folder: Path) -> None:
        self.line, self.folder, self.minute = line, folder, 0
        self.base = folder / "base.db"
        for words in (
            ("init", "-p", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai"),
            ("reps", "add", "wang"),
            ("products", "add", "Pump", "--price", "3k"),
            ("products", "add", "Valve"),
            ("add", "One", "-a", "Acme", "-v", "10k", "--contact", "Zhao", "--tag", "old"),
            ("add", "Two", "-a", "Beta", "--product", "Pump"),
            ("add", "Three"),
            FOUR,
            ("plan", "1", "+1d", "call"),
            ("plan", "2", "+2d", "send quote"),
        ):
            assert self.do(self.base, *words).code == 0, words

    def do(self, path: Path, *words: str):
        self.minute += 1
        hour, minute = divmod(self.minute, 60)
        day, hour = divmod(hour, 24)
        self.line.at(f"2026-07-{day + 1:02d}T{hour:02d}:{minute:02d}:00+08:00")
        who = {"b.db": "wang"}.get(path.name, "li")
        said = self.line("--db", str(path), "--as", who, "--yes", *words)
        assert said.code != 1, said.err
        return said

    def live(self, deeds) -> dict[str, Path]:
        """A copy for each name that does something; its deeds are done there in their order."""
        found = {name: copy(self.base, f"{name}.db") for name in "abc"}
        for name, words in deeds:
            said = self.do(found[name], *words)
            note(f"{name}: {' '.join(words)} -> {said.code} {said.err.splitlines()[:1]}")
        return found

    def merge(self, ours: Path, *others: Path) -> Path:
        """A copy of ours into which the others are merged one after another."""
        made = copy(ours, "-".join([ours.stem, *(other.stem for other in others)]) + ".db")
        for other in others:
            said = self.do(made, "db", "merge", str(other))
            note(f"{made.stem} <- {other.stem}: {said.code} {said.err}")
            assert said.code in {0, 4}, said.err
            if said.code == 4:
                return made
            checked = self.do(made, "db", "check")
            assert checked.code == 0, checked.out
        return made


DEED_LISTS = st.lists(st.tuples(st.sampled_from("abc"), DEEDS), max_size=14)
PROPERTY = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
numbers = itertools.count()


@pytest.fixture
def office(cli_without_database, tmp_path):
    def opened() -> Office:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return Office(cli_without_database, folder)

    return opened


def fits(office: Office, *paths: Path) -> bool:
    """Whether the copies can be put together at all: what each did alone may break a rule jointly."""
    return all(
        office.do(copy(one, "probe.db"), "db", "merge", str(other)).code == 0
        for one, other in itertools.permutations(paths, 2)
    )


@PROPERTY
@given(deeds=DEED_LISTS)
def test_it_does_not_matter_who_merges_whom_and_a_chain_settles(office, deeds):
    here = office()
    told = here.live(deeds)
    a, b = told["a"], told["b"]
    if not fits(here, a, b):
        return
    ab, ba = here.merge(a, b), here.merge(b, a)
    assert content(ab) == content(ba)
    before = content(ab)
    again = here.do(ab, "db", "merge", str(b))
    assert "nothing new" in again.err
    for ours, theirs in ((ba, ab), (ab, ba), (ba, ab)):
        said = here.do(ours, "db", "merge", str(theirs))
        assert said.code == 0
        assert content(ours) == before
    assert "nothing new" in here.do(ab, "db", "merge", str(ba)).err
    assert "nothing new" in here.do(ba, "db", "merge", str(ab)).err


@PROPERTY
@given(deeds=DEED_LISTS)
def test_three_copies_come_to_the_same_in_whatever_order(office, deeds):
    here = office()
    told = here.live(deeds)
    a, b, c = told["a"], told["b"], told["c"]
    if not fits(here, a, b, c):
        return
    orders = [here.merge(*order) for order in itertools.permutations((a, b, c))]
    ab, bc = here.merge(a, b), here.merge(b, c)
    orders += [here.merge(c, ab), here.merge(bc, a), here.merge(ab, bc)]
    first = content(orders[0])
    for other in orders[1:]:
        assert content(other) == first, other.stem


@PROPERTY
@given(deeds=DEED_LISTS, later=DEED_LISTS)
def test_copies_that_merge_and_go_on_working_come_together_again(office, deeds, later):
    here = office()
    told = here.live(deeds)
    a, b = told["a"], told["b"]
    if not fits(here, a, b):
        return
    here.do(a, "db", "merge", str(b))
    for name, words in later:
        said = here.do(told[name], *words)
        note(f"{name}: {' '.join(words)} -> {said.code} {said.err.splitlines()[:1]}")
    if not fits(here, a, b):
        return
    assert content(here.merge(a, b)) == content(here.merge(b, a))


@PROPERTY
@given(deeds=DEED_LISTS)
def test_undoing_a_merge_brings_back_what_there_was_and_it_can_be_done_again(office, deeds):
    here = office()
    told = here.live(deeds)
    a, b = told["a"], told["b"]
    if not fits(here, a, b):
        return
    before = content(a)
    merged = here.merge(a, b)
    after = content(merged)
    if after == before:
        return
    assert here.do(merged, "undo").code == 0
    assert content(merged) == before
    assert here.do(merged, "db", "check").code == 0
    assert here.do(merged, "db", "merge", str(b)).code == 0
    assert content(merged) == after
    assert here.do(merged, "undo").code == 0
    assert here.do(merged, "redo").code == 0
    assert content(merged) == after


@PROPERTY
@given(
    deed=st.one_of(EDITS, OTHERS).filter(lambda words: words[0] not in {"undo", "redo"}),
    deeds=DEED_LISTS,
)
def test_a_deal_that_was_taken_back_here_and_worked_on_there_comes_back_whole(office, deed, deeds):
    """With the customer and contact that it has; those that it left for another stay taken back."""
    assume(("edit", "4", "--account", "Acme") not in (deed, *(words for _, words in deeds)))
    here = office()
    told = here.live([("a", ("undo", "8")), ("b", deed), *(d for d in deeds if d[0] == "b")])
    a, b = told["a"], told["b"]
    if not fits(here, a, b):
        return
    ab, ba = content(here.merge(a, b)), content(here.merge(b, a))
    assert ab == ba
    if any('"title": "Four"' in row for row in ab["opportunity"]):
        assert ab == content(b)


def visit(told: dict[str, Path], whom: str, prefer: str) -> tuple[str, ...]:
    return ("db", "merge", str(told[whom]), *(("--prefer", prefer) if prefer else ()))


VISITS = st.tuples(
    st.just("db merge"), st.sampled_from("abc"), st.sampled_from(["", "ours", "theirs"])
)


@PROPERTY
@given(deeds=st.lists(st.tuples(st.sampled_from("abc"), st.one_of(DEEDS, VISITS)), max_size=16))
def test_whatever_was_merged_and_preferred_on_the_way_the_copies_settle(office, deeds):
    """Once everybody has merged everybody, all have the same, and nobody has anything to say."""
    here = office()
    told = {name: copy(here.base, f"{name}.db") for name in "abc"}
    for name, words in deeds:
        typed = visit(told, *words[1:]) if words[0] == "db merge" else words
        said = here.do(told[name], *typed)
        note(f"{name}: {' '.join(typed)} -> {said.code} {said.err.splitlines()[:1]}")
    rounds = [("a", "b"), ("a", "c"), ("b", "a"), ("c", "a"), ("b", "c"), ("c", "b")]
    for ours, theirs in rounds:
        said = here.do(told[ours], "db", "merge", str(told[theirs]))
        if said.code == 4:
            return
        assert here.do(told[ours], "db", "check").code == 0
    assert content(told["a"]) == content(told["b"]) == content(told["c"])
    for ours, theirs in rounds:
        assert "nothing new" in here.do(told[ours], "db", "merge", str(told[theirs])).err
