"""From the words people use to the rows they mean: names, handles, keys. Unknown ones say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from dealflow.actions import Actor
from dealflow.errors import NotFound, UnknownWord
from dealflow.model import (
    ACTIVITY_KINDS,
    GRADES,
    Account,
    Contact,
    LossReason,
    Opportunity,
    Pipeline,
    Product,
    Rep,
    Row,
)
from dealflow.stages import PipelineSpec
from dealflow.store import pipelines
from dealflow.text import fold

R = TypeVar("R", bound=Row)

#: more words for kinds of activity, as teams say them
KIND_WORDS = {
    "phone": "call",
    "mail": "email",
    "e-mail": "email",
    "wechat": "message",
    "sms": "message",
    "电话": "call",
    "拜访": "visit",
    "会议": "meeting",
    "邮件": "email",
    "微信": "message",
    "消息": "message",
    "演示": "demo",
    "报价": "quote",
    "备注": "note",
}


def rep(by: Actor, word: str) -> Rep:
    """The rep with this handle or name; `me` is whoever acts."""
    if word == "me":
        return by.me
    reps = by.book.where(Rep)
    found = rep_named(reps, word)
    if found is None:
        choices = [name for row in reps for name in (row.handle, row.name)]
        raise NotFound("rep", word, choices, "dealflow reps list shows them")
    return found


def rep_named(reps: Iterable[Rep], word: str) -> Rep | None:
    """Who of `reps` has this handle or name, in any case or width."""
    told = fold(word)
    return next((rep for rep in reps if told in {fold(rep.handle), fold(rep.name)}), None)


def account(by: Actor, word: str) -> Account:
    """The customer with this name, in any case or width, or with this number."""
    found = by.book.find(Account, folded=fold(word)) or _numbered(by, Account, word)
    if found is None:
        raise NotFound("customer", word, _names(by, Account), f'dealflow accounts add "{word}"')
    return found


def contact(by: Actor, account_id: int, word: str) -> Contact:
    found = by.book.find(Contact, folded=fold(word), account_id=account_id)
    if found is None:
        known = [row.name for row in by.book.where(Contact, account_id=account_id)]
        raise NotFound("contact", word, known, "dealflow contacts list")
    return found


def product(by: Actor, word: str) -> Product:
    """The product with this name, in any case or width, or with this number."""
    found = by.book.find(Product, folded=fold(word)) or _numbered(by, Product, word)
    if found is None:
        raise NotFound("product", word, _names(by, Product), f'dealflow products add "{word}"')
    return found


def reason(by: Actor, word: str) -> LossReason:
    """The loss reason with this key or name."""
    reasons = by.book.where(LossReason, retired_at=None)
    for row in reasons:
        if fold(word) in {fold(row.key), fold(row.name)}:
            return row
    raise UnknownWord("loss reason", word, [row.key for row in reasons])


def pipeline(by: Actor, word: str | None) -> PipelineSpec:
    """The pipeline with this key or name; without a word, the database's own choice."""
    rows = by.book.where(Pipeline, retired_at=None)
    wanted = word or by.db.setting("pipeline")
    for row in rows:
        if fold(wanted) in {fold(row.key), fold(row.name)}:
            return pipelines.load(by.book.conn, row.id, by.now)
    if not word and rows:
        return pipelines.load(by.book.conn, rows[0].id, by.now)
    raise NotFound("pipeline", wanted, [row.key for row in rows], "dealflow stages list")


def pipeline_of(by: Actor, deal: Opportunity) -> PipelineSpec:
    return pipelines.load(by.book.conn, deal.pipeline_id, by.now)


def deal(by: Actor, deal_id: int) -> Opportunity:
    found = by.book.find(Opportunity, id=deal_id)
    if found is None:
        raise NotFound("deal", str(deal_id), hint="dealflow list shows the open ones")
    return found


def activity_kind(word: str) -> str:
    """The kind of activity a word stands for."""
    told = fold(word).replace(" ", "_").replace("-", "_")
    told = KIND_WORDS.get(fold(word), told)
    if told not in ACTIVITY_KINDS:
        raise UnknownWord("kind of activity", word, ACTIVITY_KINDS)
    return told


def grade(word: str) -> str:
    told = fold(word).upper()
    if told not in GRADES:
        raise UnknownWord("grade", word, GRADES)
    return told


def _numbered(by: Actor, kind: type[R], word: str) -> R | None:
    return by.book.find(kind, id=int(word)) if word.isascii() and word.isdigit() else None


def _names(by: Actor, kind: type[Account | Product]) -> list[str]:
    return [row.name for row in by.book.where(kind)]
