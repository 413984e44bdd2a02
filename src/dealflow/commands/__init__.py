"""The command line's verbs and nouns: each parses its words, makes one call, returns a result.

No SQL, no rules, no printing here. A module is imported when one of its commands is called.
"""
