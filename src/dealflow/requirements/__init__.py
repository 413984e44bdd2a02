"""What a stage can ask for: one small language, parsed once into values, never run as code.

    contact   account   amount   close   source   product   field:NAME      is filled in
    contact:decides                                     somebody there has that role
    call >= 1          download >= 2 within 30d         feedback >= 1       has happened
    call:reached >= 1                                   ... with that outcome
    contact_made within 14d                             ... at least once lately
    amount >= 100k     field:seats >= 50     field:need = ERP               is enough, is this
    age >= 3d          age in stage >= 7d               since it was created, since it came here
    call >= 1 or visit >= 1          demo >= 1 and amount >= 100k           either, both

Comparisons are >=, >, =, !=, < and <=; `and` binds closer than `or`. Spans count in days of 24
hours: 1w is 7 of them, 1m is 30. What is dated after the instant of judgement has not happened.
Pure; instants are epoch seconds UTC.
"""

from dealflow.requirements.judging import (
    Counter,
    Deed,
    Evidence,
    counter,
    holds,
    kinds_of,
    latest,
    since,
    times,
)
from dealflow.requirements.reading import parse_requirement
from dealflow.requirements.telling import explain, gap, remedy, state
from dealflow.requirements.words import (
    FACTS,
    GROUPS,
    NOUNS,
    Age,
    Both,
    Compared,
    Count,
    Either,
    Present,
    Requirement,
    Role,
    Simple,
    Stay,
    Worth,
    atoms,
    label_key,
)

__all__ = [
    "FACTS",
    "GROUPS",
    "NOUNS",
    "Age",
    "Both",
    "Compared",
    "Count",
    "Counter",
    "Deed",
    "Either",
    "Evidence",
    "Present",
    "Requirement",
    "Role",
    "Simple",
    "Stay",
    "Worth",
    "atoms",
    "counter",
    "explain",
    "gap",
    "holds",
    "kinds_of",
    "label_key",
    "latest",
    "parse_requirement",
    "remedy",
    "since",
    "state",
    "times",
]
