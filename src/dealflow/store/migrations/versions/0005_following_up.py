"""Customers' own activities, custom fields, the team around a deal, holidays, reminders, the pool."""

from alembic import op

from dealflow.store.making import create, create_on_server, run

revision = "0005"
down_revision = "0004"

KINDS = (
    "'call', 'visit', 'meeting', 'email', 'message', 'demo', 'quote', 'note', 'site_visit', "
    "'download', 'event', 'email_open', 'asks_price', 'asks_sample', 'asks_question', 'objects'"
)
#: tables that SQLite has to build anew: a reference, or a NOT NULL less, cannot be added to them
REBUILT = {
    "account": """
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
        version INTEGER NOT NULL
        uid BLOB NOT NULL
        name TEXT NOT NULL
        folded TEXT NOT NULL
        grade TEXT
        segment TEXT
        region TEXT
        size TEXT
        source TEXT
        owner_id INTEGER
        parent_id INTEGER
        domain TEXT
        fields TEXT
        locked INTEGER
        released_at INTEGER
        last_owner_id INTEGER
        checksum INTEGER
        CONSTRAINT ck_account_grade_known CHECK (grade IN ('A', 'B', 'C'))
        CONSTRAINT uq_account_uid UNIQUE (uid)
        CONSTRAINT fk_account_owner_id FOREIGN KEY(owner_id) REFERENCES rep (id)
        CONSTRAINT fk_account_parent_id FOREIGN KEY(parent_id) REFERENCES account (id)
        CONSTRAINT fk_account_last_owner_id FOREIGN KEY(last_owner_id) REFERENCES rep (id)
    """,
    "activity": f"""
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
        version INTEGER NOT NULL
        uid BLOB NOT NULL
        opportunity_id INTEGER
        account_id INTEGER
        contact_id INTEGER
        kind TEXT NOT NULL
        channel TEXT
        direction TEXT
        outcome TEXT
        note TEXT
        at INTEGER NOT NULL
        rep_id INTEGER NOT NULL
        external_id TEXT
        checksum INTEGER
        CONSTRAINT ck_activity_kind_known CHECK (kind IN ({KINDS}))
        CONSTRAINT ck_activity_of_one CHECK ((opportunity_id IS NULL) = (account_id IS NOT NULL))
        CONSTRAINT uq_activity_uid UNIQUE (uid)
        CONSTRAINT fk_activity_opportunity_id FOREIGN KEY(opportunity_id) REFERENCES opportunity (id)
        CONSTRAINT fk_activity_account_id FOREIGN KEY(account_id) REFERENCES account (id)
        CONSTRAINT fk_activity_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id)
        CONSTRAINT fk_activity_rep_id FOREIGN KEY(rep_id) REFERENCES rep (id)
    """,
}
KEPT = {
    "account": (
        *("id", "version", "uid", "name", "folded", "grade", "segment", "region", "size"),
        *("source", "owner_id", "parent_id", "checksum"),
    ),
    "activity": (
        *("id", "version", "uid", "opportunity_id", "contact_id", "kind", "channel"),
        *("direction", "outcome", "note", "at", "rep_id", "checksum"),
    ),
}
#: the same on a server
ALTERED = """
    ALTER TABLE account ADD COLUMN domain TEXT COLLATE "C", ADD COLUMN fields TEXT COLLATE "C",
        ADD COLUMN locked BIGINT, ADD COLUMN released_at BIGINT, ADD COLUMN last_owner_id BIGINT,
        ADD CONSTRAINT fk_account_last_owner_id FOREIGN KEY (last_owner_id)
            REFERENCES rep (id) DEFERRABLE;
    ALTER TABLE activity ALTER COLUMN opportunity_id DROP NOT NULL, ADD COLUMN account_id BIGINT,
        ADD COLUMN external_id TEXT COLLATE "C",
        ADD CONSTRAINT ck_activity_of_one
            CHECK ((opportunity_id IS NULL) = (account_id IS NOT NULL)),
        ADD CONSTRAINT fk_activity_account_id FOREIGN KEY (account_id)
            REFERENCES account (id) DEFERRABLE
"""
ADDED = {"contact": "fields", "stage_definition": "plan", "follow_up": "channel"}
NEW = {
    "participant": """
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
        version INTEGER NOT NULL
        opportunity_id INTEGER NOT NULL
        rep_id INTEGER NOT NULL
        role TEXT NOT NULL
        checksum INTEGER
        CONSTRAINT fk_participant_opportunity_id FOREIGN KEY(opportunity_id) REFERENCES opportunity (id)
        CONSTRAINT fk_participant_rep_id FOREIGN KEY(rep_id) REFERENCES rep (id)
    """,
    "field": """
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
        version INTEGER NOT NULL
        entity TEXT NOT NULL
        key TEXT NOT NULL
        name TEXT NOT NULL
        kind TEXT NOT NULL
        choices TEXT NOT NULL
        position INTEGER NOT NULL
        retired_at INTEGER
        checksum INTEGER
        CONSTRAINT ck_field_entity_known CHECK (entity IN ('opportunity', 'account', 'contact'))
        CONSTRAINT ck_field_kind_known CHECK (kind IN ('text', 'number', 'money', 'date', 'choice', 'bool'))
    """,
    "holiday": """
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
        version INTEGER NOT NULL
        day TEXT NOT NULL
        kind TEXT NOT NULL
        name TEXT NOT NULL
        checksum INTEGER
        CONSTRAINT ck_holiday_day_is_day CHECK (day LIKE '____-__-__')
        CONSTRAINT ck_holiday_kind_known CHECK (kind IN ('off', 'work'))
    """,
    "reminder": """
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
        kind TEXT NOT NULL
        channel TEXT NOT NULL
        rep_id INTEGER NOT NULL
        day TEXT NOT NULL
        content TEXT NOT NULL
        begun_at INTEGER NOT NULL
        sent_at INTEGER
        CONSTRAINT ck_reminder_day_is_day CHECK (day LIKE '____-__-__')
        CONSTRAINT fk_reminder_rep_id FOREIGN KEY(rep_id) REFERENCES rep (id)
    """,
}
INDEXES = """
    CREATE UNIQUE INDEX ix_field_entity_key ON field (entity, key);
    CREATE UNIQUE INDEX ix_holiday_day ON holiday (day);
    CREATE UNIQUE INDEX ix_participant_opportunity_id_rep_id ON participant (opportunity_id, rep_id);
    CREATE INDEX ix_participant_rep_id ON participant (rep_id);
    CREATE UNIQUE INDEX ix_reminder_kind_channel_rep_id_day ON reminder (kind, channel, rep_id, day);
    CREATE INDEX ix_activity_account_id_at ON activity (account_id, at) WHERE account_id IS NOT NULL;
    CREATE UNIQUE INDEX ix_activity_external_id ON activity (external_id) WHERE external_id IS NOT NULL
"""
#: they go with the tables that are built anew
INDEXES_AGAIN = """
    CREATE INDEX ix_account_folded ON account (folded);
    CREATE INDEX ix_account_owner_id ON account (owner_id);
    CREATE INDEX ix_activity_at ON activity (at);
    CREATE INDEX ix_activity_opportunity_id_at ON activity (opportunity_id, at)
"""


def upgrade() -> None:
    server = op.get_bind().dialect.name == "postgresql"
    if server:
        run(ALTERED)
    else:
        for table, columns in REBUILT.items():
            rebuild(table, columns)
        run(INDEXES_AGAIN)
    text = 'TEXT COLLATE "C"' if server else "TEXT"
    for table, column in ADDED.items():
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {text}")
    for table, columns in NEW.items():
        create_on_server(table, columns) if server else create(table, columns)
    run(INDEXES)


def rebuild(table: str, columns: str) -> None:
    """Foreign keys are off meanwhile; ids go on from where they were."""
    kept = ", ".join(KEPT[table])
    create(f"new_{table}", columns)
    op.execute(f"INSERT INTO new_{table} ({kept}) SELECT {kept} FROM {table} ORDER BY id")
    op.execute(f"DELETE FROM sqlite_sequence WHERE name = 'new_{table}'")
    op.execute(
        "INSERT INTO sqlite_sequence (name, seq)"
        f" SELECT 'new_{table}', seq FROM sqlite_sequence WHERE name = '{table}'"
    )
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE new_{table} RENAME TO {table}")
