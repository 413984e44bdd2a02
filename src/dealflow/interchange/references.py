"""From the names in a file to the records they mean; unknown ones are made only on request."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from dealflow import domains
from dealflow.actions import Actor, people
from dealflow.actions.bulk import Batch
from dealflow.errors import DealflowError, NotFound, nearest
from dealflow.interchange.fields import normal
from dealflow.interchange.rejects import Record
from dealflow.interchange.tallies import Tallies
from dealflow.model import Account, Contact, LossReason, Product, Rep, Row
from dealflow.store.known import matching, names_like
from dealflow.text import fold, tidy

#: so many unknown names of a kind get a suggestion; comparing takes its time
_SUGGESTED = 50
#: so many new names that are all but known ones are told, and among so many they are looked for
_NOTED, _COMPARED = 20, 50_000
#: so many customers are remembered: a file of a million names takes no more memory than one of few
_REMEMBERED = 50_000


class References:
    """Looks names up, and remembers what it found.

    The nouns answer with the record's id, or with None for one that `create` allows to be made; the
    verbs make it. Nothing is made before a row is known to be good. Error: NotFound.
    """

    def __init__(
        self,
        by: Actor,
        batch: Batch,
        create: frozenset[str],
        tallies: Tallies,
        system: str | None = None,
    ) -> None:
        self.by, self.batch, self.create, self.tallies = by, batch, create, tallies
        self.system = system
        self.exact = False
        """Whether the file is an export of dealflow's own: it means what is retired as well."""
        self._reasons: dict[str, Any] = {}
        self._customers: dict[str, Account | None] = {}
        self._looked_up: dict[str, int | None] = {}
        self._suggested = 0
        self._alike: dict[str, dict[str, str]] = {}
        self._forget()

    def _forget(self) -> None:
        """Know nothing but what the database says."""
        self._accounts: dict[str, Any] = {}
        self._missing: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._products: dict[str, Any] = {}
        self._contacts: dict[tuple[int, str], Any] = {}
        self._reps = _by_words(self.by)
        self.handles = {row.id: row.handle for row in self.by.book.where(Rep)}

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What the block made and wrote is taken back when it raises; nothing may be waiting."""
        before = self.tallies.created()
        try:
            with self.by.book.attempt():
                yield
        except DealflowError:
            if self.tallies.created() != before:
                self.tallies.set_created(before)
                self._forget()
            raise

    def look_ups(self, values: dict[str, Any]) -> Iterator[Callable[[], object]]:
        """Every name that a row of deals holds, each to be looked up by itself."""
        if "owner" in values:
            yield partial(self.rep, values["owner"])
        if "account" in values:
            yield partial(self.account, values["account"])
        for name in values.get("product", ()):
            yield partial(self.product, name)

    def prepare(self, records: Iterable[Record]) -> None:
        """Look the customers of a chunk up together: one by one takes a tenth of an import."""
        if len(self._accounts) > _REMEMBERED:  # what was made of them is stored by now
            for kept in (self._accounts, self._missing, self._contacts, self._customers):
                kept.clear()
        words = {str(r.values["account"]) for r in records if "account" in r.values}
        words -= self._accounts.keys()
        ids = {word for word in words if self._bare(word) != word}
        names = {fold(word) for word in words - ids}
        conn = self.by.book.conn
        by_name = {row.folded: row.id for row in matching(conn, Account, "folded", names)}
        by_id = {row.external_id: row.id for row in matching(conn, Account, "external_id", ids)}
        self._looked_up = {
            word: by_id.get(word) if word in ids else by_name.get(fold(word)) for word in words
        }

    # ── nouns ─────────────────────────────────────────────────────────────────────────────────

    def rep(self, word: str) -> int | None:
        """By handle, name or e-mail address."""
        if word not in self._reps:
            known = self._reps.get(fold(word))
            self._reps[word] = known or self._unknown("rep", "owner", word)
        found: int | None = _answer(self._reps[word])
        return found

    def account(self, word: str) -> int | None:
        if word not in self._accounts:
            if word not in self._looked_up:
                self._looked_up[word] = self.known_account(word)
            known = self._looked_up.pop(word)
            self._accounts[word] = known or self._unknown("account", "account", word)
        found: int | None = _answer(self._accounts[word])
        return found

    def known_account(self, word: str) -> int | None:
        """The customer of this id or name, if there is one."""
        row = self._account_row(word)
        return row.id if row else None

    def _account_row(self, word: str) -> Account | None:
        if self._bare(word) != word:
            return self.by.book.find(Account, external_id=word)
        return self.by.book.find(Account, folded=fold(word))

    def _bare(self, word: str) -> str:
        """An id of the system that the file is from, without the system; any other word itself."""
        return word.removeprefix(f"{self.system}:") if self.system else word

    def source_of(self, account: str) -> str | None:
        """Where a known customer came from."""
        row = self._customer(account)
        return row.source if row else None

    def segment_of(self, account: str) -> str | None:
        """The industry of a known customer."""
        row = self._customer(account)
        return row.segment if row else None

    def _customer(self, word: str) -> Account | None:
        if word not in self._customers:
            self._customers[word] = self.by.book.find(Account, folded=fold(word))
        return self._customers[word]

    def product(self, word: str) -> Product | None:
        if word not in self._products:
            row = self.by.book.find(Product, folded=fold(word))
            self._products[word] = row or self._unknown("product", "product", word)
        found: Product | None = _answer(self._products[word])
        return found

    def contact(self, account_id: int | None, word: str) -> int | None:
        """The person at the customer; at a customer that is still to be made there is nobody."""
        key = account_id or 0, word
        if key not in self._contacts:
            row = self._contact_row(account_id, word) if account_id else None
            self._contacts[key] = row.id if row else self._unknown("contact", "contact", word)
        found: int | None = _answer(self._contacts[key])
        return found

    def _contact_row(self, account_id: int, word: str) -> Contact | None:
        """By the system's id, by name, or by e-mail address."""
        if self._bare(word) != word:
            return self.by.book.find(Contact, external_id=word)
        found = self.by.book.find(Contact, account_id=account_id, folded=fold(word))
        if found is None and "@" in word:
            people = self.by.book.where(Contact, account_id=account_id)
            return next((one for one in people if fold(one.email or "") == fold(word)), None)
        return found

    def reason(self, word: str) -> LossReason:
        if not self._reasons:
            rows = self.by.book.where(LossReason, retired_at=None)
            if self.exact:  # what was lost for a reason that is retired since, was
                rows += [row for row in self.by.book.where(LossReason) if row.retired_at]
            self._reasons = {fold(row.name): row for row in reversed(rows)}
            self._reasons |= {fold(row.key): row for row in reversed(rows)}
        found: LossReason | None = self._reasons.get(fold(word))
        if found is None and "reasons" in self.create:
            return self._make_reason(word)
        if found is None:
            keys = list(dict.fromkeys(row.key for row in self._reasons.values()))
            raise NotFound("loss reason", word, keys, f"known: {', '.join(keys)}")
        return found

    def _make_reason(self, word: str) -> LossReason:
        name = tidy(word, "the reason", 200)
        key = re.sub(r"[\W_]+", "-", fold(name)).strip("-")[:40] or "reason"
        taken = {row.key for row in self.by.book.where(LossReason)}
        while key in taken:
            key += "-2"
        made = self.by.book.add(LossReason(key=key, name=name))
        self._reasons[fold(name)] = self._reasons[fold(key)] = made
        self.tallies.made["reasons"].append(name)
        return made

    # ── verbs ─────────────────────────────────────────────────────────────────────────────────

    def make_rep(self, word: str) -> int:
        found = self.rep(word)
        if found is None:
            name, known = self._as_named(word)
            if "@" in name:
                short = name.partition("@")[0]
                known |= {"email": name} | ({} if fold(short) in self._reps else {"handle": short})
            found = people.add_rep(self.by, name, known).ids[0]
            self._reps = _by_words(self.by)
            self.handles[found] = self.by.book.load(Rep, found).handle
            self.tallies.of("reps").created += 1
            self.tallies.made["reps"].append(name)
        return found

    def make_account(self, word: str) -> int:
        """A new customer belongs to nobody yet: who imports is not who looks after it."""
        found = self.account(word)
        if found is None:
            bare, known = self._as_named(word)
            name = tidy(bare, "the customer's name", 300)
            if domains.host(name) == name.casefold():
                known["domain"] = name.casefold()
            found = self.batch.put(Account, name=name, folded=fold(name), **known)
            self._learn("account", self._accounts, word, found)
            self._near("account", name)
            self.tallies.of("accounts").created += 1
        return found

    def make_product(self, word: str) -> Product:
        found = self.product(word)
        if found is None:
            self._near("product", word)
            new = people.add_product(self.by, word, {}).ids[0]
            found = self.by.book.load(Product, new)
            self._learn("product", self._products, word, found)
            self.tallies.of("products").created += 1
        return found

    def make_contact(self, account_id: int, word: str) -> int:
        found = self.contact(account_id, word)
        if found is None:
            bare, known = self._as_named(word)
            name = tidy(bare, "the contact's name", 300)
            folded = fold(name)
            known |= {"email": name} if "@" in name else {}
            new = {"account_id": account_id, "name": name, "folded": folded, **known}
            found = self.batch.put(Contact, **new)
            for where, other in [key for key in self._contacts if key[0] == account_id]:
                if fold(other) == folded:
                    self._contacts[where, other] = found
            self._contacts[account_id, word] = found
            self.tallies.of("contacts").created += 1
        return found

    def _as_named(self, word: str) -> tuple[str, dict[str, Any]]:
        """What something new is called, and the id by which it is known where it has one."""
        bare = self._bare(word)
        return bare, {"external_id": word} if bare != word else {}

    def _near(self, what: str, name: str) -> None:
        """Note where a new name is all but one that is there: somebody may want to say so."""
        if len(self.tallies.near) >= _NOTED:
            return
        kinds: dict[str, type[Row]] = {"account": Account, "product": Product}
        if what not in self._alike:
            known = names_like(self.by.book.conn, kinds[what], "")
            self._alike[what] = {normal(one): one for one in known}
        alike, told = self._alike[what], normal(name)
        if told not in alike and len(alike) >= _COMPARED:
            return
        other = alike.setdefault(told, name)
        if other != name and fold(other) != fold(name):
            self.tallies.near.append((what, name, other))

    # ── unknown ones ──────────────────────────────────────────────────────────────────────────

    def learn_account(self, name: str, account_id: int) -> None:
        """An account that somebody else put into the batch."""
        self._learn("account", self._accounts, name, account_id)

    def _learn(self, what: str, known: dict[str, Any], word: str, found: Any) -> None:
        """The same name in another case or width was unknown a moment ago."""
        for other in self._missing.pop((what, fold(word)), ()):
            known[other] = found
        known[word] = found

    def _unknown(self, what: str, field: str, word: str) -> Any:
        """None where the record may be made, else the error that says it is not there."""
        self._missing[what, fold(word)].append(word)
        if f"{what}s" in self.create:
            tidy(word, "the name", 200 if what == "rep" else 300)
            return None
        near = nearest(word, self._choices(what, word))
        noun = "customer" if what == "account" else what
        error = NotFound(noun, word, [near] if near else [])
        meant = f'--value "{field}:{word}={near}" says what is meant'
        error.facts["remedy"] = meant if near else f"--create {what}s makes what is missing"
        return error

    def _choices(self, what: str, word: str) -> list[str]:
        self._suggested += 1
        if self._suggested > _SUGGESTED:
            return []
        if what == "rep":
            return [row.name for row in self.by.book.where(Rep)]
        kinds: dict[str, type[Row]] = {"account": Account, "product": Product, "contact": Contact}
        return names_like(self.by.book.conn, kinds[what], fold(word))


def _by_words(by: Actor) -> dict[str, Any]:
    """Each rep by its words; where one means two of them, the handle and the name go first."""
    rows = by.book.where(Rep)
    found: dict[str, Any] = {row.external_id: row.id for row in rows if row.external_id}
    found |= {fold(row.email): row.id for row in rows if row.email}
    found |= {fold(row.name): row.id for row in rows}
    found |= {fold(row.handle): row.id for row in rows}
    return found


def _answer(found: Any) -> Any:
    if isinstance(found, DealflowError):
        raise found.with_traceback(None)
    return found
