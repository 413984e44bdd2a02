"""How quick dealflow is, as ratios measured in one run: `python -m bench`, `make bench`.

Absolute times say more about the machine and its mood than about the program, so everything is
compared with something that ran beside it: a whole command with `python -c 'import sqlite3'`, the
floor of any Python tool on SQLite; a question's SQL with the sqlite3 shell running the same text on
the same file. Databases are made here, seeded, and kept in bench/out.
"""
