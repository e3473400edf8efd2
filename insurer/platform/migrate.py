"""Building and changing the database by the numbered migrations in ``migrations/``."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Engine

from insurer.platform.settings import ROOT


def alembic_config(database_url: str) -> Config:
    """Return Alembic's configuration for one database; no ini file is involved."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database to ``revision``; an advisory lock lets only one process do it at a time."""
    command.upgrade(alembic_config(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to ``revision`` (``base`` empties it)."""
    command.downgrade(alembic_config(database_url), revision)


def newest_revision() -> str:
    """Return the revision that the code expects."""
    head = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    return head or ""


def current_revision(engine: Engine) -> str | None:
    """Return the database's revision, ``None`` when it has never been built."""
    with engine.connect() as connection:
        known = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar()
        if known is None:
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def revisions() -> frozenset[str]:
    """Return every revision that this program knows."""
    return frozenset(one.revision for one in ScriptDirectory.from_config(alembic_config("")).walk_revisions())
