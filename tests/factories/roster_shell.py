"""``insurer roster`` as somebody at the machine types it."""

import json
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from insurer.cli.roster import roster


class Shell:
    """Runs the command against one home and one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def run(self, *words: str, answer: str | None = None) -> Result:
        arguments = ["import", *words]
        if "--scheme" not in words:
            arguments += ["--scheme", "changzhou-xinbei"]
        return CliRunner().invoke(roster, arguments, input=answer, catch_exceptions=True)

    def report(self, *words: str) -> dict[str, Any]:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def facts(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM roster_fact")).scalar() or 0)

    def covered(self, year: int) -> int:
        statement = text("SELECT count(*) FROM cover_period WHERE year = :year AND superseded_at IS NULL")
        with self.engine.connect() as connection:
            return int(connection.execute(statement, {"year": year}).scalar() or 0)
