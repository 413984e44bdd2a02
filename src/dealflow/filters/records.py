"""The words that can stand before the colon in the lists of customers and of contacts.

They are those of deals where they mean the same; bare words search the name.
"""

from __future__ import annotations

from dealflow.filters.keys import Key

_GRADE = ("A", "B", "C", "none")

#: facts of the customer, which its contacts can be chosen by as well
_OF_CUSTOMER = (
    Key("owner", "name", "the rep whose customer it is; none: nobody's", ("me",), ("rep",)),
    Key("team", "name", "the owner's team"),
    Key("grade", "choice", "how important the customer is", _GRADE),
    Key("segment", "name", "the customer's industry"),
    Key("region", "name", "the customer's region"),
    Key("source", "name", "where the customer came from"),
)

ACCOUNT_KEYS: tuple[Key, ...] = (
    Key("id", "number", "the customer's number"),
    Key("name", "text", "the customer's name", aliases=("account", "名称")),
    *_OF_CUSTOMER,
    Key("size", "words", "how large it is", aliases=("规模",)),
    Key("parent", "text", "the customer it is part of", aliases=("上级",)),
    Key("domain", "words", "the domain of its e-mail", aliases=("域名",)),
    Key("deals", "number", "how many open deals it has"),
    Key("last", "instant", "the last contact, on a deal or without one"),
    Key("locked", "choice", "whether it is never recycled into the pool", ("yes", "no")),
    Key("released", "instant", "when it went to the pool"),
    Key("was", "name", "the rep whose customer it was before", ("me",)),
)

CONTACT_KEYS: tuple[Key, ...] = (
    Key("id", "number", "the contact's number"),
    Key("name", "text", "the person's name", aliases=("contact", "姓名")),
    Key("account", "text", "the customer's name"),
    Key("title", "words", "the person's position", aliases=("职务",)),
    Key("role", "words", "the part in the decision", aliases=("角色",)),
    Key("phone", "words", "the phone number", aliases=("电话",)),
    Key("email", "words", "the e-mail address", aliases=("邮箱",)),
    Key("wechat", "words", "the WeChat id", aliases=("微信",)),
    *_OF_CUSTOMER,
)
