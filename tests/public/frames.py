"""Public sales data as two frames, read by pandas alone: the stays, and the deals.

A stay: deal, place (of its stage, from 0), entered, left, how (advanced, returned, won, lost), to (the
place it went to), owner and end_owner. A deal: created, amount, product, region. Nothing of dealflow is used;
contradictions of a history are settled by the rule of docs/definitions.md, in pandas' own way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

HELIX_STAGES = (
    *("New", "Attempted", "Working", "Contacted", "Qualified"),
    *("SQL", "Demo Completed", "Proposal"),
)
HELIX_CLOSED = {"Closed Won": "won", "Closed Lost": "lost"}
MAVEN_STAGES = ("Prospecting", "Engaging")


class World(NamedTuple):
    """A data set. `configured`: by stage the probability that its pipeline gives it, or None."""

    stages: tuple[str, ...]
    configured: tuple[float | None, ...]
    stays: pd.DataFrame
    deals: pd.DataFrame


def helixcore(folder) -> World:
    rows = pd.read_csv(folder / "funnel_stage_history.csv.gz", parse_dates=["entered_at"])
    rows["place"] = rows.stage.map({s: n for n, s in enumerate([*HELIX_STAGES, *HELIX_CLOSED])})
    rows = rows.sort_values(["lead_id", "entered_at", "place"], kind="stable")
    rows = rows.rename(
        columns={"lead_id": "deal", "entered_at": "entered", "owner_rep_id": "owner"}
    )
    after = rows.groupby("deal")[["stage", "place", "entered", "owner"]].shift(-1)
    rows[["next", "to", "left", "end_owner"]] = after
    went = np.where(rows.to > rows.place, "advanced", "returned")
    rows["how"] = rows.next.map(HELIX_CLOSED).fillna(
        pd.Series(went, rows.index).where(rows.to.notna())
    )
    stays = rows[rows.stage.isin(HELIX_STAGES)].drop(columns=["stage", "next"])
    leads = pd.read_csv(folder / "leads.csv.gz")
    deals = pd.DataFrame(
        {
            "created": rows.groupby("deal").entered.first(),
            "amount": leads.set_index("lead_id").expected_mrr_usd,
        }
    )
    return World(HELIX_STAGES, (None,) * len(HELIX_STAGES), stays, deals)


def maven(folder) -> World:
    """Of deals that have no day at all nothing is known before they were imported: left out."""
    rows = pd.read_csv(
        folder / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"]
    ).dropna(subset="engage_date")
    teams = pd.read_csv(folder / "sales_teams.csv").set_index("sales_agent").regional_office
    owner = rows.sales_agent.str.lower().str.split().str.join(".")
    how = rows.deal_stage.str.lower().where(rows.close_date.notna())
    stays = pd.DataFrame(
        {
            "deal": rows.opportunity_id,
            "place": 1,
            "entered": rows.engage_date,
            "left": rows.close_date,
            "how": how,
            "to": np.where(how.notna(), 2, np.nan),
            "owner": owner,
            "end_owner": owner.where(how.notna()),
        }
    )
    deals = pd.DataFrame(
        {
            "created": rows.engage_date,
            "amount": rows.close_value,
            "product": rows["product"].replace("GTXPro", "GTX Pro"),
            "team": rows.sales_agent.map(teams),
        }
    ).set_axis(rows.opportunity_id)
    return World(MAVEN_STAGES, (0.2, 0.6), stays, deals)


def as_of(world: World, now: pd.Timestamp) -> World:
    """What had happened by an instant; a stay that ended later goes on."""
    stays = world.stays[world.stays.entered <= now].copy()
    later = ~(stays.left <= now)
    stays.loc[later, ["left", "how", "to", "end_owner"]] = [pd.NaT, None, np.nan, None]
    deals = world.deals[world.deals.created <= now].copy()
    last = stays.groupby("deal").tail(1).set_index("deal")
    closed = last.how.isin(["won", "lost"])
    deals["status"] = last.how.where(closed, "open")
    deals["closed"] = last.left.where(closed)
    deals["place"], deals["since"] = last.place, last.entered
    deals["owner"] = last.end_owner.where(closed, last.owner)
    return World(world.stages, world.configured, stays, deals)
