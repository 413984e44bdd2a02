"""Whose a row of a visit or e-mail log is: found by e-mail address, by domain, by name.

In this order, the first that finds somebody: the address of a contact; the domain (of the address,
or as the row says it), among the customers' own and those of their contacts' addresses, or one
that it is part of; the customer's name. Domains where anybody can have an address find nobody, and
no more do those of many customers.
Where a domain finds several, a name that is one of theirs decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from dealflow import domains
from dealflow.errors import NotFound, Refused
from dealflow.named import NamedTuple
from dealflow.store import visitors
from dealflow.store.conn import Conn
from dealflow.text import fold
from dealflow.typed import quoted

#: what a company's name ends with that says only what kind of company it is
_FORMS = (
    *("股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "集团", "公司"),
    *("incorporated", "corporation", "limited", "company", "gmbh", "corp", "inc", "llc", "ltd"),
    *("plc", "sarl", "srl", "spa", "bv", "nv", "ag", "co", "kg", "sa"),
)


#: a domain of more customers than these is of nobody: a host of mail that is not known as one
_CROWD = 10


class Match(NamedTuple):
    """A customer, the person there where that is known, and how they were found."""

    account_id: int
    contact_id: int | None
    by: str


class Visitors:
    """The customers and their people, as far as a log can name them. Errors of `find`: as there."""

    def __init__(self, conn: Conn) -> None:
        self.names: dict[int, str] = {}
        self._people: dict[str, list[visitors.Person]] = defaultdict(list)
        self._named: dict[tuple[int, str], int] = {}
        self._domains: dict[str, set[int]] = defaultdict(set)
        self._theirs: dict[str, set[int]] = defaultdict(set)
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._plain: dict[str, set[int]] = defaultdict(set)
        for account, name, folded, domain in visitors.customers(conn):
            self.names[account] = name
            self._exact[folded].add(account)
            self._plain[plain_name(folded)].add(account)
            if domain:
                self._domains[domain].add(account)
        for person in visitors.people(conn):
            self._learn(person)

    def _learn(self, person: visitors.Person) -> None:
        self._named.setdefault((person.account_id, person.folded), person.id)
        address = domains.address(person.email or "")
        if address is None:
            return
        self._people[address].append(person)
        domain = domains.host(address)
        if domain and not domains.is_shared(domain):
            self._theirs[domain].add(person.account_id)

    def find(self, values: dict[str, Any]) -> Match:
        """Whose these values are. Errors: NotFound, Refused for several or nothing to go by."""
        address, domain, name = _clues(values)
        if not (address or domain or name):
            raise Refused(
                "it names nobody: neither an e-mail address, nor a domain, nor a customer"
            )
        candidates: set[int] = set()
        for by, found in (
            ("e-mail", {one.account_id for one in self._people.get(address or "", ())}),
            ("domain", self._by_domain(domain)),
            ("name", self._by_name(name)),
        ):
            both = found & candidates if candidates else found
            if len(both) == 1:
                (account,) = both
                return Match(account, self._person(account, address, values), by)
            candidates = both or candidates
        if candidates:
            raise self._several(candidates, address or domain or name or "")
        crowded = domain is not None and len(self._theirs.get(domain, ())) > _CROWD
        raise _unknown(address, domain, name, crowded=crowded)

    def _by_domain(self, domain: str | None) -> set[int]:
        if domain is None or domains.is_shared(domain):
            return set()
        for one in domains.upwards(domain):
            found = self._domains.get(one) or self._theirs.get(one)
            if found:
                return found if len(found) <= _CROWD else set()
        return set()

    def _by_name(self, name: str | None) -> set[int]:
        if name is None:
            return set()
        folded = fold(name)
        return self._exact.get(folded) or self._plain.get(plain_name(folded)) or set()

    def _person(self, account: int, address: str | None, values: dict[str, Any]) -> int | None:
        """The contact with the address, else with the name, at the customer that was found."""
        for one in self._people.get(address or "", ()):
            if one.account_id == account:
                return one.id
        return self._named.get((account, fold(values.get("contact", ""))))

    def _several(self, accounts: set[int], clue: str) -> Refused:
        names = sorted(self.names[account] for account in accounts)
        listed = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        remedy = "a column with the customer's name says which of them is meant"
        return Refused(f"{clue} may be any of {len(names)} customers: {listed}", remedy=remedy)


def _clues(values: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """The address, the domain and the name that a row gives."""
    address = domains.address(values.get("email", ""))
    told = domains.host(values.get("domain", ""))
    return address, told or (domains.host(address) if address else None), values.get("account")


def _unknown(
    address: str | None, domain: str | None, name: str | None, *, crowded: bool
) -> NotFound:
    """One error for all visitors of a domain, so that a thousand of them are one line."""
    if domain and not domains.is_shared(domain):
        who, remedy = domain, f"dealflow accounts edit NAME --domain {domain}"
        if crowded:
            remedy = "dealflow contacts edit ID --email ADDRESS"
    elif name:
        who, remedy = name, f"dealflow accounts add {quoted(name)}, or --create accounts,"
    else:
        who, remedy = address or domain or "", "dealflow contacts edit ID --email ADDRESS"
    error = NotFound("customer", who)
    error.facts["remedy"] = f"{remedy} makes them known"
    return error


def plain_name(folded: str) -> str:
    """A folded name without punctuation, blanks and the form of the company.

    `acme pumps co., ltd.` and `Acme Pumps` come to the same.
    """
    words = re.sub(r"[^\w\s]+", " ", folded.replace(".", "")).split()
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    told = "".join(words)
    for form in _FORMS:
        if not form.isascii() and told.endswith(form) and len(told) > len(form):
            return told.removesuffix(form)
    return told
