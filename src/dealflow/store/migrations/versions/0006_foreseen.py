"""Targets, forecasts that are kept, and what rows are called where they were imported from."""

from alembic import op

from dealflow.store import views
from dealflow.store.making import create, create_on_server, run

revision = "0006"
down_revision = "0005"

NEW = {
    "target": """
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
        version INTEGER NOT NULL
        whose TEXT NOT NULL
        period TEXT NOT NULL
        measure TEXT NOT NULL
        amount INTEGER NOT NULL
        checksum INTEGER
        CONSTRAINT ck_target_measure_known CHECK (measure IN ('value', 'count'))
        CONSTRAINT ck_target_amount_positive CHECK (amount > 0)
    """,
    "forecast": """
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
        version INTEGER NOT NULL
        uid BLOB NOT NULL
        name TEXT NOT NULL
        at INTEGER NOT NULL
        rep_id INTEGER NOT NULL
        filter TEXT NOT NULL
        checksum INTEGER
        CONSTRAINT uq_forecast_uid UNIQUE (uid)
        CONSTRAINT fk_forecast_rep_id FOREIGN KEY(rep_id) REFERENCES rep (id)
    """,
    "forecast_deal": """
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
        version INTEGER NOT NULL
        forecast_id INTEGER NOT NULL
        deal_id INTEGER NOT NULL
        stage_id INTEGER NOT NULL
        rep_id INTEGER NOT NULL
        probability REAL
        amount INTEGER
        expected_close TEXT
        checksum INTEGER
        CONSTRAINT ck_forecast_deal_probability_is_share CHECK (probability BETWEEN 0 AND 1)
        CONSTRAINT ck_forecast_deal_amount_in_range CHECK (amount BETWEEN 0 AND 1000000000000000)
        CONSTRAINT ck_forecast_deal_expected_close_is_day CHECK (expected_close LIKE '____-__-__')
        CONSTRAINT fk_forecast_deal_forecast_id FOREIGN KEY(forecast_id) REFERENCES forecast (id)
        CONSTRAINT fk_forecast_deal_deal_id FOREIGN KEY(deal_id) REFERENCES opportunity (id)
        CONSTRAINT fk_forecast_deal_stage_id FOREIGN KEY(stage_id) REFERENCES stage (id)
        CONSTRAINT fk_forecast_deal_rep_id FOREIGN KEY(rep_id) REFERENCES rep (id)
    """,
}
INDEXES = """
    CREATE UNIQUE INDEX ix_target_whose_period_measure ON target (whose, period, measure);
    CREATE INDEX ix_forecast_at ON forecast (at);
    CREATE UNIQUE INDEX ix_forecast_deal_forecast_id_deal_id ON forecast_deal (forecast_id, deal_id);
    CREATE INDEX ix_forecast_deal_deal_id ON forecast_deal (deal_id);
    DROP INDEX ix_activity_opportunity_id_at;
    CREATE INDEX ix_activity_opportunity_id_at_kind ON activity (opportunity_id, at, kind)
"""
IMPORTED = ("rep", "account", "contact", "product", "follow_up")


def upgrade() -> None:
    server = op.get_bind().dialect.name == "postgresql"
    text = 'TEXT COLLATE "C"' if server else "TEXT"
    for table in IMPORTED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN external_id {text}")
        op.execute(
            f"CREATE INDEX ix_{table}_external_id ON {table} (external_id)"
            " WHERE external_id IS NOT NULL"
        )
    for table, columns in NEW.items():
        create_on_server(table, columns) if server else create(table, columns)
    run(INDEXES)
    for statement in views.ddl(server=server):
        op.execute(statement)
