"""Which deal a row means: by its id in the other system, by its title, or by whose it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from dealflow.errors import NotFound, Refused
from dealflow.interchange.rejects import Record
from dealflow.model import OPEN, Opportunity
from dealflow.store.conn import Conn
from dealflow.store.known import by_id, matching
from dealflow.text import fold


@dataclass
class DealWords:
    """The deals that a chunk of rows may mean, looked up together by `prepare`."""

    conn: Conn
    system: str | None
    _by_id: dict[str, Opportunity] = field(default_factory=dict)
    _by_title: dict[str, list[Opportunity]] = field(default_factory=dict)

    def prepare(self, records: Iterable[Record]) -> None:
        words = {str(r.values["deal"]) for r in records if "deal" in r.values}
        self._by_id, titles = {}, defaultdict(list)
        if not words:
            return
        ids = words | {f"{self.system}:{word}" for word in words if self.system}
        self._by_id = by_id(self.conn, Opportunity, ids)
        for deal in matching(self.conn, Opportunity, "folded", {fold(word) for word in words}):
            titles[deal.folded].append(deal)
        self._by_title = dict(titles)

    def find(self, word: str, account_id: int | None) -> Opportunity | None:
        """The deal of this id or title; of several of one title the customer's. Error: Refused."""
        for key in (word, f"{self.system}:{word}"):
            if key in self._by_id:
                return self._by_id[key]
        named = self._by_title.get(fold(word), [])
        theirs = [deal for deal in named if account_id and deal.account_id == account_id]
        found = theirs or named
        if len(found) > 1:
            raise Refused(f"{len(found)} deals are called '{word}'", "an id says which is meant")
        return found[0] if found else None

    def must_find(self, word: str, account_id: int | None) -> Opportunity:
        """Error: NotFound."""
        found = self.find(word, account_id)
        if found is None:
            raise NotFound("deal", word)
        return found

    def of_customer(self, account_id: int, contact_id: int | None) -> tuple[Opportunity, bool]:
        """The open deal that something with this customer is about, and whether it is a guess.

        The person's deals come first; of several the newest. Error: Refused where there is none.
        """
        deals = matching(self.conn, Opportunity, "account_id", [account_id])
        live = [deal for deal in deals if deal.status == OPEN]
        theirs = [deal for deal in live if contact_id and deal.contact_id == contact_id] or live
        if not theirs:
            raise Refused("it is planned, but its customer has no open deal")
        return max(theirs, key=lambda deal: (deal.created_at, deal.id)), len(theirs) > 1
