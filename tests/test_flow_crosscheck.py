"""Days, reasons, the pipeline, changes and pushes against a slow reading of the same histories.

The histories are those of test_crosscheck, where expected closes and probabilities are edited too.
Every figure is worked out again from plain lists; nothing of the store is used.

DEALFLOW_CROSSCHECK=500 tries that many histories; the suite tries 20.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import median

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealflow import reports
from dealflow.actions import deals as deal_actions
from dealflow.dates import Period
from dealflow.money import Money
from dealflow.questions import Ask

from .test_crosscheck import (
    DAY,
    HOUR,
    REASONS,
    USD,
    WAITS,
    WORDS,
    ZONE,
    ByHand,
    Team,
    as_of,
    check_rate,
    database,
    few,
    midnight,
    outcome,
    period_of,
    quantile,
    rows_of,
    summed,
    visits_of,
    within,
    worth,
)

__all__ = ["database"]


def set_close(team, deal, other):
    day = datetime.fromtimestamp(team.now, ZONE).date() + timedelta(days=(other % 12) * 9 - 20)
    value = None if other % 7 == 6 else day
    if team.do(deal_actions.edit, deal.id, {"close": value}):
        deal.values["close"].append((team.now, value))
        deal.values["edits"].append((team.now, value))


def set_chance(team, deal, other):
    value = None if other % 4 == 3 else other % 10 / 10
    if team.do(deal_actions.edit, deal.id, {"probability": value}):
        deal.values["probability"].append((team.now, value))


MORE = {"date": (set_close, "any"), "chance": (set_chance, "deal")}


class Planner(Team):
    def step(self, what, pick, other, wait):
        if what in MORE:
            self.now += wait
            method, of = MORE[what]
            among = [d for d in self.told.deals.values() if of == "any" or d.status == "open"]
            if among:
                method(self, among[pick % len(among)], other)
        else:
            super().step(what, pick, other, wait)


def told_of(deal, name, now):
    """What an edit last said of a deal that was added without it."""
    return as_of([(deal.created, None), *deal.values[name]], now)


steps = st.tuples(
    st.sampled_from([*WORDS, *["date"] * 6, *["chance"] * 2]), few, few, st.sampled_from(WAITS)
)
histories = st.lists(steps, min_size=25, max_size=70)


def facts(told, now):
    """What each deal is at an instant: open or how it closed, its value, owner and dates."""
    found = {}
    for deal in told.deals.values():
        if deal.created > now:
            continue
        stays = visits_of(deal, now)
        last = stays[-1]
        found[deal.id] = {
            "status": last.how or "open",
            "closed": last.left if last.how else None,
            "stage": last.stage,
            "since": last.entered,
            "amount": last.move[4] if last.how else as_of(deal.values["amount"], now),
            "owner": as_of(deal.values["owner"], now),
            "close": told_of(deal, "close", now),
            "probability": told_of(deal, "probability", now),
            "created": deal.created,
        }
    return found


# ── days ──────────────────────────────────────────────────────────────────────────────────────


def incidence(stays, way, until):
    """Aalen-Johansen by the definition, in fractions: [(duration, how or None)] -> share or None."""
    if not stays:
        return None
    longest = max(length for length, _ in stays)
    if until > longest and any(how is None for length, how in stays if length == longest):
        return None
    share, there = Fraction(0), Fraction(1)
    for t in sorted({length for length, _ in stays if length <= until}):
        at_risk = sum(length >= t for length, _ in stays)
        share += there * Fraction(stays.count((t, way)), at_risk)
        ended = sum(length == t and how is not None for length, how in stays)
        there *= 1 - Fraction(ended, at_risk)
    return float(share)


def way(stay, *, cycle):
    how = stay.how
    if how is None:
        return None
    if not cycle and how in {"won", "lost", "void"} and stay.after:
        how = "advanced" if stay.onward else "returned"
    return {"won": "forward", "advanced": "forward", "lost": "lost"}.get(how, "other")


def cycles(by_hand, window):
    found = defaultdict(list)
    for deal in by_hand.deals:
        if not within(deal.created, window):
            continue
        close = outcome(deal, by_hand.now)
        until = close.left if close else by_hand.now
        last = visits_of(deal, by_hand.now)[-1]
        pipeline = by_hand.told.pipeline_of(last.stage)
        length = max(until - deal.created, 0) // DAY
        owner = close.move[3] if close else by_hand.value(deal, "owner")
        found[pipeline, owner].append((length, way(last, cycle=True), last.how))
    return found


def check_days(ask, by_hand, span):
    period, window = span
    found = {
        (r["pipeline"], r["stage"]): r
        for r in rows_of(reports.answer("days")(ask, [], period=period))
    }
    cycle, stays = defaultdict(list), defaultdict(list)
    for (pipeline, _), listed in cycles(by_hand, window).items():
        cycle[pipeline] += listed
    for deal in by_hand.deals:
        for stay in visits_of(deal, by_hand.now):
            if within(stay.entered, window):
                until = by_hand.now if stay.left is None else stay.left
                length = (until - stay.entered) // HOUR
                stays[by_hand.told.pipeline_of(stay.stage), stay.stage].append(
                    (length, way(stay, cycle=False))
                )
    expected = {
        (pipeline, None): [(t, w) for t, w, _ in listed] for pipeline, listed in cycle.items()
    }
    expected |= stays
    for key, listed in expected.items():
        check_line(found[key], listed, unit=DAY if key[1] is None else HOUR)
    for key, row in found.items():
        assert row["n"] == len(expected.get(key, []))
    for pipeline, listed in cycle.items():
        won = [length for length, _, how in listed if how == "won"]
        assert found[pipeline, None]["days_to_win"] == (median(won) if won else None)


def check_line(row, listed, unit):
    assert row["n"] == len(listed)
    assert row["ended"] == sum(how is not None for _, how in listed)
    assert row["going"] == sum(how is None for _, how in listed)
    if unit == HOUR:
        pairs = [(length, how is not None) for length, how in listed]
        assert row["days_median"] == quantile(pairs, Fraction(1, 2))
        assert row["days_p90"] == quantile(pairs, Fraction(9, 10))
    for days in (30, 60, 90):
        for name in ("forward", "lost", "other"):
            expected = incidence(listed, name, days * DAY // unit - 1)
            rate = row[f"{name}_{days}"]
            assert rate.value == (None if expected is None else pytest.approx(expected, abs=1e-9))
            assert rate.trials == len(listed)


def check_days_by_rep(ask, by_hand, span):
    period, window = span
    report = reports.answer("days")(ask, [], period=period, by=["rep"])
    expected = defaultdict(list)
    for (_, owner), listed in cycles(by_hand, window).items():
        expected[owner] += [(length, way) for length, way, _ in listed]
    found = {row["rep"]: row for row in rows_of(report)}
    assert found.keys() == expected.keys()
    for rep, listed in expected.items():
        check_line(found[rep], listed, unit=DAY)


# ── reasons ───────────────────────────────────────────────────────────────────────────────────


def check_reasons(ask, by_hand, span):
    period, window = span
    report = reports.answer("reasons")(ask, [], period=period, by=["stage"])
    counts, amounts = Counter(), defaultdict(list)
    for deal in by_hand.deals:
        close = outcome(deal, by_hand.now)
        if close and close.how == "lost" and within(close.left, window):
            key = close.stage, REASONS[close.move[5]]
            counts[key] += 1
            if close.move[4]:
                amounts[key].append((close.move[4], close.left))
    currency, sums, apart = summed(amounts, by_hand.now)
    found = {(row["stage"], row["reason"]): row for row in rows_of(report)}
    assert found.keys() == counts.keys()
    for key, row in found.items():
        size = sum(n for (stage, _), n in counts.items() if stage == key[0])
        check_rate(row["share"], counts[key], size)
        assert row["lost_value"] == worth(sums, key, counts[key], currency)
    left = [r for t in report.sections if t.name == "other_currencies" for r in rows_of(t)]
    assert {
        ((r["stage"], r["reason"]), r["currency"]): r["lost_value"].minor for r in left
    } == apart


# ── pipeline ──────────────────────────────────────────────────────────────────────────────────


def chance_of(stage, by_hand):
    """The stage's own record: won of won and lost, of the deals that were once there."""
    told, now = by_hand.told, by_hand.now
    there = [
        fact["status"]
        for number, fact in facts(told, now).items()
        if any(stay.stage == stage for stay in visits_of(told.deals[number], now))
    ]
    won, lost = there.count("won"), there.count("lost")
    return won / (won + lost) if won + lost else None


def check_pipeline(ask, by_hand):
    report = reports.answer("pipeline")(ask, [])
    held = defaultdict(list)
    for fact in facts(by_hand.told, by_hand.now).values():
        if fact["status"] == "open":
            held[fact["stage"]].append(fact)
    amounts = {
        (stage, "value"): [(f["amount"], by_hand.now) for f in listed if f["amount"]]
        for stage, listed in held.items()
    }
    weighted = {}
    for stage, listed in held.items():
        exact = defaultdict(Fraction)
        for f in listed:
            own = f["probability"]
            chance = chance_of(stage, by_hand) if own is None else own
            if f["amount"] and chance is not None:
                exact[f["amount"].currency] += f["amount"].minor * Fraction(repr(chance))
        weighted[stage, "weighted"] = [
            (Money(round(total), code), by_hand.now) for code, total in exact.items()
        ]
    currency, sums, _ = summed(amounts | weighted, by_hand.now)
    today = datetime.fromtimestamp(by_hand.now, ZONE).date()
    found = {row["stage"]: row for row in rows_of(report)}
    assert held.keys() <= found.keys()
    for stage, row in found.items():
        listed = held.get(stage, [])
        assert row["deals"] == len(listed)
        for name in ("value", "weighted"):
            assert row[name] == worth(sums, (stage, name), len(listed), currency)
        there = [(by_hand.now - f["since"]) // DAY for f in listed]
        ages = [(by_hand.now - f["created"]) // DAY for f in listed]
        assert row["days_in_stage"] == (median(there) if there else None)
        assert row["oldest_in_stage"] == max(there, default=None)
        assert row["age"] == (median(ages) if ages else None)
        assert row["oldest"] == max(ages, default=None)
        assert row["past_close"] == sum(
            f["close"] is not None and f["close"] < today for f in listed
        )
        assert row["without_close"] == sum(f["close"] is None for f in listed)
        assert row["without_amount"] == sum(f["amount"] is None for f in listed)


# ── changes ───────────────────────────────────────────────────────────────────────────────────


def flows(told, before, now, chosen, by_date):
    """By line: how many deals, and [(minor, currency, instant of its rate)], worked out by deal."""
    first, last = facts(told, before), facts(told, now)
    counts, parts = Counter(), defaultdict(list)

    def line(name, sign, money, at):
        counts[name] += 1
        if money:
            parts[name].append((sign * money.minor, money.currency, at))

    for number, is_ in last.items():
        was = first.get(number)
        was_in = was is not None and was["status"] == "open" and chosen(was)
        is_in = chosen(is_)
        closed = is_["status"] != "open" and is_["closed"] > before
        at = is_["closed"] if closed else now
        if was_in:
            line("opening", 1, was["amount"], before)
            if not is_in or (is_["status"] != "open" and not closed):
                later = was["close"] and is_["close"] and is_["close"] > was["close"]
                line("pushed_out" if by_date and later else "moved_out", -1, was["amount"], now)
                continue
        elif not is_in or (is_["status"] != "open" and not closed):
            continue
        elif was is None:
            line("new", 1, is_["amount"], at)
        elif was["status"] != "open":
            line("reopened", 1, is_["amount"], at)
        else:
            earlier = was["close"] and is_["close"] and is_["close"] < was["close"]
            line("pulled_in" if by_date and earlier else "moved_in", 1, is_["amount"], at)
        if was_in:
            changed(counts, parts, was["amount"], is_["amount"], at)
        if closed:
            line(is_["status"], -1, is_["amount"], at)
        else:
            line("closing", 1, is_["amount"], now)
    return counts, parts


def changed(counts, parts, old, new, at):
    """An amount that is another one at the end."""
    if old and new and old.currency != new.currency:
        name = "currency_changed"
    else:
        difference = (new.minor if new else 0) - (old.minor if old else 0)
        name = "grew" if difference > 0 else "shrank" if difference < 0 else None
    if name:
        counts[name] += 1
        parts[name] += [(-old.minor, old.currency, at)] if old else []
        parts[name] += [(new.minor, new.currency, at)] if new else []


def converted(parts):
    """Sums as `summed` makes them, of signed parts, with what has no rate apart."""
    currencies = {code for listed in parts.values() for _, code, _ in listed}
    if len(currencies) <= 1:
        return (
            min(currencies, default="CNY"),
            {k: sum(m for m, *_ in v) for k, v in parts.items()},
            {},
        )
    sums, apart = defaultdict(Fraction), Counter()
    for key, listed in parts.items():
        for minor, code, at in listed:
            day = datetime.fromtimestamp(at, ZONE).date()
            rates = {"CNY": [1_000_000], "USD": [r for since, r in USD if since <= day], "EUR": []}
            if rates[code]:
                sums[key] += Fraction(minor * rates[code][-1], 1_000_000)
            else:
                apart[key, code] += minor
    return (
        "CNY",
        {key: round(total) for key, total in sums.items()},
        {k: v for k, v in apart.items() if v},
    )


IN = ("new", "reopened", "pulled_in", "moved_in")
OUT = ("pushed_out", "moved_out", "won", "lost", "void")
FILTERS = {
    (): lambda fact: True,
    ("owner:li",): lambda fact: fact["owner"] == "li",
    ("close:2026-05",): lambda fact: fact["close"] is not None and fact["close"].month == 5,
    ("stage:lead",): lambda fact: fact["stage"] == "lead",
}


def check_changes(ask, told, first, days, words):
    start = date(2026, 5, 1) + timedelta(days=first - 5)
    period = Period(start, start + timedelta(days=days), "window")
    before, end = midnight(period.start) - 1, min(midnight(period.end) - 1, ask.now)
    if before >= ask.now:
        return None
    report = reports.answer("changes")(ask, list(words), period=period)
    counts, parts = flows(
        told, before, end, FILTERS[words], any("close:" in word for word in words)
    )
    slips = slipped(told, before, end, FILTERS[words])
    currency, sums, apart = converted({**parts, **{("date", k): v for k, v in slips[1].items()}})
    found = {row["line"]: row for row in rows_of(report)}
    for name, row in found.items():
        if name != "rates":
            assert row["deals"] == counts[name], name
            assert row["value"] == Money(sums.get(name, 0), currency), name
    assert {name for name, n in counts.items() if n} <= found.keys()
    values = {name: row["value"].minor for name, row in found.items()}
    if values:
        between = sum(v for name, v in values.items() if name not in {"opening", "closing"})
        assert values["opening"] + between == values["closing"]
        number = counts["opening"] + sum(counts[n] for n in IN) - sum(counts[n] for n in OUT)
        assert number == counts["closing"]
    left = [r for t in report.sections if t.name == "other_currencies" for r in rows_of(t)]
    told_ = {(r["line"], r["currency"]): r["value"].minor for r in left if r["line"] != "rates"}
    assert told_ == {key: minor for key, minor in apart.items() if isinstance(key[0], str)}
    dates = {
        r["change"]: r["deals"]
        for t in report.sections
        if t.name == "expected_closes"
        for r in rows_of(t)
    }
    assert dates == dict(slips[0])
    return values, currency, period


def slipped(told, before, now, chosen):
    """Of the deals that are open and match at both ends: what became of the expected close."""
    first, last = facts(told, before), facts(told, now)
    counts, parts = Counter(), defaultdict(list)
    for number, is_ in last.items():
        was = first.get(number)
        if was is None or was["status"] != "open" or is_["status"] != "open":
            continue
        if not (chosen(was) and chosen(is_)) or was["close"] == is_["close"]:
            continue
        if was["close"] and is_["close"]:
            name = "pushed out" if is_["close"] > was["close"] else "pulled in"
        else:
            name = "set" if is_["close"] else "taken away"
        counts[name] += 1
        if is_["amount"]:
            parts[name].append((is_["amount"].minor, is_["amount"].currency, now))
    return counts, parts


def check_chain(ask, told, first, days):
    """The closing of one period is the opening of the next, and groups add up to all."""
    one = check_changes(ask, told, first, days, ())
    two = check_changes(ask, told, first + days, days, ())
    if one and two and one[0] and two[0] and one[1] == two[1]:
        assert one[0]["closing"] == two[0]["opening"]
    if one:
        report = reports.answer("changes")(ask, [], period=one[2], by=["rep"])
        for row in rows_of(report):
            lines = [c.name for c in report.columns if c.kind == "money"]
            values = {name: row[name].minor for name in lines}
            between = sum(v for name, v in values.items() if name not in {"opening", "closing"})
            assert values["opening"] + between == values["closing"], row["rep"]
        if report.rows and one[0]:
            total = dict(zip([c.name for c in report.columns], report.total, strict=True))
            assert total["closing"].minor == one[0]["closing"]
            number = sum(row["closing_deals"] for row in rows_of(report))
            assert number == total["closing_deals"]


# ── pushes ────────────────────────────────────────────────────────────────────────────────────


def moves_of(deal, now, window):
    """Days by which each edit within the window moved the expected close of the open deal."""
    known, found = None, []
    for at, value in deal.values["close"]:
        if at > now:
            break
        if value is None:
            continue
        if known is not None and value != known and within(at, window) and was_open(deal, at, now):
            found.append((value - known).days)
        known = value
    return found


def was_open(deal, at, now):
    return any(
        s.entered <= at and (s.left is None or s.left > at) for s in visits_of(deal, max(now, at))
    )


def check_pushes(ask, by_hand, span):
    period, (start, end) = span
    report = reports.answer("pushes")(ask, [], period=period, by=["rep"])
    groups = defaultdict(list)
    for deal in by_hand.deals:
        close = outcome(deal, by_hand.now)
        moved = moves_of(deal, by_hand.now, (start, end))
        if (told_of(deal, "close", by_hand.now) is None and not moved) or (
            end and deal.created >= end
        ):
            continue
        if start is not None and close and close.left < start:
            continue
        groups[by_hand.value(deal, "owner")].append((deal, close.how if close else "open", moved))
    found = {row["rep"]: row for row in rows_of(report)}
    assert found.keys() == groups.keys()
    for rep, row in found.items():
        listed = groups[rep]
        days = [n for *_, moved in listed for n in moved if n > 0]
        pushed = [any(n > 0 for n in moved) for *_, moved in listed]
        assert row["deals"] == len(listed)
        check_rate(row["pushed"], sum(pushed), len(listed))
        assert row["pushes"] == len(days)
        assert row["pulls"] == sum(n < 0 for *_, moved in listed for n in moved)
        assert row["days_median"] == (median(days) if days else None)
        for name in ("won", "lost"):
            mine = [p for p, (_, how, _) in zip(pushed, listed, strict=True) if how == name]
            check_rate(row[f"{name}_pushed"], sum(mine), len(mine))
    rows = rows_of(reports.answer("pushed-deals")(ask, [], period=period))
    expected = [
        (deal.id, sum(n > 0 for n in moved), sum(n for n in moved if n > 0))
        for listed in groups.values() for deal, _, moved in listed if any(n > 0 for n in moved)
    ]  # fmt: skip
    expected.sort(key=lambda row: (-row[1], -row[2], row[0]))
    assert [(row["id"], row["pushes"], row["slipped_days"]) for row in rows] == expected


# ── the comparison ────────────────────────────────────────────────────────────────────────────


@settings(
    max_examples=int(os.environ.get("DEALFLOW_CROSSCHECK", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    history=histories,
    looks=st.lists(st.tuples(st.integers(0, 999), few, few), min_size=4, max_size=4),
)
def test_every_figure_is_what_the_history_says(database, history, looks):
    database.conn.begin()
    try:
        team = Planner(database)
        for step in [*[("add", n, n, 0) for n in range(4)], *history]:
            team.step(*step)
        moments = team.told.moments()
        for n, (moment, first, days) in enumerate(looks):
            now = team.now if n == 0 else moments[moment % len(moments)]
            ask = Ask(
                conn=database.conn,
                now=now,
                zone=ZONE,
                currency="CNY",
                me=None,
                setting=database.setting,
            )
            by_hand = ByHand(team.told, now)
            span = period_of(first, [0, 1, 4, 15][days % 4])
            check_days(ask, by_hand, span)
            check_days_by_rep(ask, by_hand, span)
            check_reasons(ask, by_hand, span)
            check_pipeline(ask, by_hand)
            check_pushes(ask, by_hand, span)
            words = [*FILTERS][moment % len(FILTERS)]
            check_changes(ask, team.told, first % 40, [1, 7, 30][days % 3], words)
            check_chain(ask, team.told, first % 40, [1, 7, 30][days % 3])
    finally:
        database.conn.rollback()
