"""Alembic environment: one transaction, one runner at a time, impatient with table locks."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool, text

from insurer.platform.db import Moment
from insurer.registry import Base

config = context.config


def render_plain_types(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our own column types as what the database stores, so that history needs no import of ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run() -> None:
    """Run the migrations over a connection of their own."""
    engine = create_engine(config.attributes["database_url"], poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(7000)"))
        connection.execute(text("SET LOCAL lock_timeout = '4s'"))
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            render_item=render_plain_types,
        )
        context.run_migrations()
    engine.dispose()


run()
