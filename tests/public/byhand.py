"""The reports, worked out with pandas, scipy and statsmodels from the frames of a day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

DAY = pd.Timedelta(days=1)
HOUR = pd.Timedelta(hours=1)


def wilson(count, of):
    if not of:
        return (None, None, None)
    return (count / of, *proportion_confint(count, of, method="wilson"))


def within(at, window):
    """Whether instants lie in (first, last) days, both included; everything without a window."""
    if window is None:
        return at.notna()
    return (at >= window[0]) & (at < window[1] + DAY)


def marks(counts):
    """`above`, `below`, `too few` or None for each (won, lost), against all others."""
    total = np.array(counts).sum(axis=0)
    chosen = [n for n, (won, lost) in enumerate(counts) if won + lost >= 5]
    found = ["too few"] * len(counts)
    ps = [fisher_exact([counts[n], total - counts[n]])[1] for n in chosen]
    kept = multipletests(ps, alpha=0.05, method="fdr_bh")[0] if ps else []
    for n, stands_out in zip(chosen, kept, strict=True):
        won, lost = counts[n]
        others = total - counts[n]
        higher = won * others.sum() > others[0] * (won + lost)
        found[n] = ("above" if higher else "below") if stands_out else None
    return found


# ── leakage ───────────────────────────────────────────────────────────────────────────────────


def leakage(world, now, *, unit="deals", window=None, cohort="entered", only=None):
    """By stage the fates, the sums, and how long stays last."""
    stays = world.stays
    if only is not None:
        stays = stays[stays.deal.isin(only)]
    if cohort != "entered":
        of = world.deals.created if cohort == "created" else world.deals.closed
        stays = stays[stays.deal.isin(world.deals.index[within(of, window)])]
    counted = stays[within(stays.entered, window)] if cohort == "entered" else stays
    found = {}
    for place, stage in enumerate(world.stages):
        here = counted[counted.place == place]
        last = here.groupby("deal").tail(1) if unit == "deals" else here
        fates = last.how.fillna("still").replace({"won": "advanced"}).value_counts()
        amounts = last.deal.map(world.deals.amount)
        # a deal that entered before the window was there: it skipped nothing
        moves = within(stays.left, window if cohort == "entered" else None)
        gone, ever = stays[moves], set(stays.deal[stays.place == place])
        passing = gone[(gone.place < place) & (gone.to > place) & (gone.how != "lost")]
        hours = (here.left.fillna(now) - here.entered) // HOUR
        ended = here.left.notna().astype(int)
        going = here[here.left.isna()]
        found[stage] = {
            "entered": len(last),
            **{fate: fates.get(fate, 0) for fate in ("advanced", "returned", "lost", "still")},
            "skipped": passing.deal[~passing.deal.isin(ever)].nunique(),
            "rates": wilson(
                fates.get("advanced", 0), fates.get("advanced", 0) + fates.get("lost", 0)
            ),
            "value_leaked": amounts[last.how == "lost"].sum(),
            "value_still": amounts[last.how.isna()].sum(),
            "median": quantile(hours, ended, 0.5),
            "p90": quantile(hours, ended, 0.9),
            "oldest": round(((now - going.entered).max() // HOUR) / 24, 1) if len(going) else None,
        }
    return found


def quantile(hours, ended, p):
    """Kaplan and Meier's, in days with one decimal place; None where the curve stays above."""
    if not ended.sum():
        return None
    found = reached(SurvfuncRight(hours, ended), p)
    return None if found is None else round(found / 24, 1)


def reached(curve, p):
    """When the curve has come down to 1 - p; statsmodels' own quantile is when it is below."""
    there = np.flatnonzero(curve.surv_prob <= 1 - p + 1e-12)
    return float(curve.surv_times[there[0]]) if len(there) else None


# ── closed deals ──────────────────────────────────────────────────────────────────────────────


def close_rates(world, by, window=None):
    """By group: won, lost, open, the rate with its interval, by value, days to win, and the mark."""
    deals = world.deals
    closed = deals[deals.closed.notna() & within(deals.closed, window)]
    found = {}
    for group in deals[by].unique() if window is None else closed[by].unique():
        mine = closed[closed[by] == group]
        won, lost = (mine[mine.status == how] for how in ("won", "lost"))
        value = mine.amount.sum()
        found[group] = {
            "won": len(won),
            "lost": len(lost),
            "open": ((deals.status == "open") & (deals[by] == group)).sum(),
            "rates": wilson(len(won), len(mine)),
            "value": won.amount.sum() / value if value else None,
            "days": ((won.closed - won.created) // DAY).median() if len(won) else None,
        }
    told = marks([(row["won"], row["lost"]) for row in found.values()])
    for row, mark in zip(found.values(), told, strict=True):
        row["mark"] = mark
    return found


def reasons(world, window=None):
    """By stage how many were lost from it, and what they were worth."""
    lost = world.deals[(world.deals.status == "lost") & within(world.deals.closed, window)]
    return {
        world.stages[int(place)]: (len(group), group.amount.sum(), wilson(len(group), len(group)))
        for place, group in lost.groupby("place")
    }


# ── durations ─────────────────────────────────────────────────────────────────────────────────


def lasting(lengths, ways, until=(30, 60, 90), unit=1):
    """Quantiles with the median's interval, and how much had ended so by then; lengths in units.

    `ways`: 0 going on, 1 forward, 2 lost, 3 other. Days are `unit` lengths.
    """
    ended = (ways > 0).astype(int)
    median = low = high = p90 = None
    if ended.sum():
        curve = SurvfuncRight(lengths, ended)
        with np.errstate(all="ignore"):  # at the ends of the curve there is no band
            low, high = curve.quantile_ci(0.5, method="cloglog")
        median, p90 = reached(curve, 0.5), reached(curve, 0.9)
        if np.isnan([low, high]).all():  # the whole band jumps past a half at one duration
            low = high = median
    told = [
        None if x is None or not np.isfinite(x) else round(float(x) / unit, 1)
        for x in (median, low, high, p90)
    ]
    incidence = {}
    kinds = sorted(set(ways) - {0})
    with np.errstate(all="ignore"):  # where nothing is left its standard error is 0/0
        curves = CumIncidenceRight(lengths, recode(ways, kinds)) if kinds else None
    for days in until:
        watched = (
            lengths.max() >= days * unit - 1 or not (ways[lengths == lengths.max()] == 0).any()
        )
        for n, way in enumerate(kinds):
            # whole units: what ended before so many days were over
            at = np.searchsorted(curves.times, days * unit, side="left")
            share = curves.cinc[n][at - 1] if at else 0.0
            incidence[way, days] = share if watched else None
    return told, incidence


def recode(ways, kinds):
    return np.array([kinds.index(way) + 1 if way else 0 for way in ways])


def cycles(world, now):
    """From creation to close, in whole days."""
    deals = world.deals
    ways = deals.status.map({"open": 0, "won": 1, "lost": 2}).to_numpy()
    lengths = ((deals.closed.fillna(now) - deals.created) // DAY).to_numpy()
    return lasting(lengths, ways)


def stays(world, now, place):
    """In a stage, in whole hours."""
    here = world.stays[world.stays.place == place]
    told = {"advanced": 1, "won": 1, "lost": 2, "returned": 3}
    ways = here.how.map(told).fillna(0).astype(int).to_numpy()
    lengths = ((here.left.fillna(now) - here.entered) // HOUR).to_numpy()
    return lasting(lengths, ways, unit=24)


# ── what is open ──────────────────────────────────────────────────────────────────────────────


def probabilities(world):
    """By place: won of those that were ever there and are closed, shrunk towards the configured."""
    closed = world.deals[world.deals.status != "open"]
    found = []
    for place, configured in enumerate(world.configured):
        ever = closed[closed.index.isin(world.stays.deal[world.stays.place == place])]
        won = (ever.status == "won").sum()
        if configured is not None:
            found.append((won + 10 * configured) / (len(ever) + 10))
        else:
            found.append(won / len(ever) if len(ever) else None)
    return found


def pipeline(world, now, by="place"):
    """By group: deals, value, weighted, days in the stage and age."""
    open_ = world.deals[world.deals.status == "open"].copy()
    chances = pd.Series(probabilities(world), dtype=float)
    open_["chance"] = open_.place.map(chances)
    found = {}
    for group, deals in open_.groupby(by):
        here, age = (now - deals.since) // DAY, (now - deals.created) // DAY
        found[group] = {
            "deals": len(deals),
            "value": deals.amount.sum(),
            "weighted": (deals.amount * deals.chance).sum(),
            "wins": deals.chance.sum(),
            "days": (here.median(), here.max()),
            "age": (age.median(), age.max()),
            "without_amount": deals.amount.isna().sum(),
        }
    return found


def changes(before, after, window):
    """What became of the open value between two states of the same world."""

    def total(deals):
        return len(deals), deals.amount.sum()

    opening = before.deals[before.deals.status == "open"]
    new = after.deals[~after.deals.index.isin(before.deals.index)]
    went = after.deals[(after.deals.status != "open") & within(after.deals.closed, window)]
    closing = after.deals[after.deals.status == "open"]
    return {
        "opening": total(opening),
        "new": total(new),
        "won": total(went[went.status == "won"]),
        "lost": total(went[went.status == "lost"]),
        "closing": total(closing),
    }
