"""What is usual in each stage: how long, how many leak and why, what is done, what customers do."""

from __future__ import annotations

from collections.abc import Mapping

#: typical working days in a stage
PACE: Mapping[str, Mapping[str, float]] = {
    "zh": {"lead": 5, "interested": 7, "needs": 10, "solution": 11, "negotiation": 15},
    "saas": {"qualified": 4, "discovery": 8, "demo": 8, "trial": 17, "contract": 10},
}
#: of a hundred lost deals, how many are lost from each stage
LEAKS: Mapping[str, Mapping[str, float]] = {
    "zh": {"lead": 15, "interested": 14, "needs": 12, "solution": 11, "negotiation": 48},
    "saas": {"qualified": 15, "discovery": 13, "demo": 13, "trial": 52, "contract": 7},
}
REASONS: Mapping[str, Mapping[str, float]] = {
    "lead": {"no_decision": 5, "timing": 3, "fit": 2},
    "interested": {"timing": 5, "no_budget": 4, "competitor": 1},
    "needs": {"fit": 5, "competitor": 4, "timing": 1},
    "solution": {"competitor": 6, "fit": 3, "no_budget": 1},
    "negotiation": {"price": 7, "competitor": 2, "no_budget": 1},
    "qualified": {"timing": 5, "fit": 5},
    "discovery": {"no_budget": 5, "timing": 5},
    "demo": {"fit": 6, "competitor": 4},
    "trial": {"no_decision": 5, "fit": 3, "price": 2},
    "contract": {"price": 6, "competitor": 4},
}

#: working days between contacts, by grade
GAPS = {"A": 3.5, "B": 5.0, "C": 7.0}
#: how customers are contacted in a stage
MENU = {
    "lead": ("call", "message", "email"),
    "interested": ("call", "visit", "message"),
    "needs": ("meeting", "call", "message"),
    "solution": ("demo", "meeting", "email"),
    "negotiation": ("quote", "call", "visit", "meeting"),
    "qualified": ("email", "call"),
    "discovery": ("meeting", "call", "email"),
    "demo": ("demo", "email", "call"),
    "trial": ("call", "email", "meeting"),
    "contract": ("email", "call", "quote"),
}
#: what customers are seen to do, or ask
SIGNS = {
    "lead": ("site_visit", "email_open", "download"),
    "interested": ("asks_question", "site_visit", "download"),
    "needs": ("asks_sample", "event", "asks_question"),
    "solution": ("asks_question", "email_open"),
    "negotiation": ("asks_price", "objects"),
    "qualified": ("site_visit", "download"),
    "discovery": ("asks_question", "event", "site_visit"),
    "demo": ("asks_question", "asks_sample"),
    "trial": ("asks_question", "email_open", "objects"),
    "contract": ("asks_price", "objects"),
}
CHANNELS = {
    "call": "phone",
    "message": "wechat",
    "email": "email",
    "email_open": "email",
    "site_visit": "website",
    "download": "website",
    "event": "webinar",
}
