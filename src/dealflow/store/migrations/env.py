"""Runs the migrations on the connection, and inside the transaction, that schema.migrate began."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from dealflow.store.tables import Base


def run() -> None:
    ours: Any = context.config.attributes["connection"]
    if isinstance(ours, Connection):  # a server's, whose transaction SQLAlchemy keeps
        context.configure(connection=ours, target_metadata=Base.metadata, transactional_ddl=False)
        context.run_migrations()
        return
    engine = create_engine("sqlite://", poolclass=StaticPool, creator=lambda: _Borrowed(ours))

    @event.listens_for(engine, "begin")
    def _begin(_: Any) -> None:
        """The transaction has begun already: pysqlite and SQLAlchemy must not begin another."""

    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transactional_ddl=False,
            render_as_batch=True,
        )
        context.run_migrations()


class _Borrowed:
    """Our connection without the right to end the transaction or to close it."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)

    def commit(self) -> None:
        pass

    rollback = close = commit


run()
