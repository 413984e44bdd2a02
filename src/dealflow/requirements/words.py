"""The words of the language, and the values that its sentences are parsed into."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dealflow.frozen import Frozen
from dealflow.model import BEHAVIOUR_KINDS, CONTACT_KINDS, FEEDBACK_KINDS
from dealflow.text import fold

GROUPS: Mapping[str, tuple[str, ...]] = {
    "contact_made": CONTACT_KINDS,
    "behaviour": BEHAVIOUR_KINDS,
    "feedback": FEEDBACK_KINDS,
}
#: what can be filled in, as a person reads it, and the option of `dealflow edit` that does it
FACTS: Mapping[str, tuple[str, str]] = {
    "contact": ("a contact person", "--contact NAME"),
    "account": ("a customer", "--account NAME"),
    "amount": ("an amount", "--value AMOUNT"),
    "close": ("an expected close date", "--close DATE"),
    "source": ("a source", "--source NAME"),
    "product": ("a product", "--product NAME"),
}
#: what can be counted; {s} stands where the plural shows
NOUNS: Mapping[str, str] = {
    "call": "call{s}",
    "visit": "visit{s}",
    "meeting": "meeting{s}",
    "email": "e-mail{s}",
    "message": "message{s}",
    "demo": "demo{s}",
    "quote": "quote{s}",
    "note": "note{s}",
    "site_visit": "site visit{s}",
    "download": "download{s}",
    "event": "event{s} attended",
    "email_open": "e-mail{s} opened",
    "asks_price": "request{s} for a price",
    "asks_sample": "request{s} for a sample",
    "asks_question": "question{s} from the customer",
    "objects": "objection{s}",
    "contact_made": "contact{s} with the customer",
    "behaviour": "sign{s} of interest",
    "feedback": "response{s} from the customer",
}
COMPARISONS = (">=", ">", "=", "!=", "<", "<=")
#: words that a bare value cannot hold: they join what stands before and after them
JOINING = frozenset(("or", "and", "within"))


class Present(Frozen, kw_only=False):
    """`contact`, `field:need`: something is filled in."""

    what: str

    def __str__(self) -> str:
        return self.what


class Role(Frozen, kw_only=False):
    """`contact:decides`: a person with that role at the customer, or the deal's own contact."""

    role: str

    def __str__(self) -> str:
        return f"contact:{_label(self.role)}"


class Count(Frozen, kw_only=False):
    """`call >= 1`, `call:reached >= 2 within 30d`: how often something happened, ever or lately."""

    kind: str
    """An activity kind, or one of GROUPS."""
    comparison: str
    times: int
    within: str | None = None
    outcome: str | None = None
    """Only those with this outcome, whatever its case and width."""

    def __str__(self) -> str:
        what = f"{self.kind}:{_label(self.outcome)}" if self.outcome else self.kind
        lately = f" within {self.within}" if self.within else ""
        return f"{what} {self.comparison} {self.times}{lately}"


class Worth(Frozen, kw_only=False):
    """`amount >= 100k`: in the deal's currency unless the text names one; two never compare."""

    comparison: str
    amount: str

    def __str__(self) -> str:
        return f"amount {self.comparison} {self.amount}"


class Age(Frozen, kw_only=False):
    """`age >= 3d`: whole days since the deal was created."""

    comparison: str
    span: str

    def __str__(self) -> str:
        return f"age {self.comparison} {self.span}"


class Stay(Frozen, kw_only=False):
    """`age in stage >= 7d`: whole days since the deal came to the stage it is in."""

    comparison: str
    span: str

    def __str__(self) -> str:
        return f"age in stage {self.comparison} {self.span}"


class Compared(Frozen, kw_only=False):
    """`field:seats >= 50`: a custom field, compared as a number, amount, day or text."""

    field: str
    comparison: str
    value: str

    def __str__(self) -> str:
        words = self.value.casefold().split()
        bare = '"' not in self.value and self.value[0] not in "<>=!" and JOINING.isdisjoint(words)
        value = self.value if bare else f'"{self.value}"'
        return f"field:{self.field} {self.comparison} {value}"


Simple = Present | Role | Count | Worth | Age | Stay | Compared


class Both(Frozen, kw_only=False):
    """`demo >= 1 and amount >= 100k`: all of them."""

    parts: tuple[Simple, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.parts))


class Either(Frozen, kw_only=False):
    """`call >= 1 or visit >= 1`: at least one of them."""

    options: tuple[Simple | Both, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.options))


Requirement = Simple | Both | Either


def atoms(req: Requirement) -> Iterator[Simple]:
    """The comparisons that a requirement is made of."""
    match req:
        case Either(options):
            for option in options:
                yield from atoms(option)
        case Both(parts):
            yield from parts
        case _:
            yield req


def label_key(text: str) -> str:
    """An outcome or a role as it is compared: blanks are as good as `_`, case and width as any."""
    return " ".join(fold(text).replace("_", " ").split())


def _label(text: str) -> str:
    """A label as it is written: its blanks as `_`, or in quotation marks."""
    return f'"{text}"' if re.search(r"[<>=!]", text) else text.replace(" ", "_")
