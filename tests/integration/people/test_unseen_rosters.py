"""Rosters nobody prepared the reader for, through the command: every row ends where the rules send it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.factories.roster_shell import Shell
from tests.factories.unseen_books import BOOKS
from tests.factories.unseen_cells import CELLS
from tests.factories.unseen_rosters import Unseen
from tests.factories.unseen_texts import TEXTS


def ends(report: dict[str, Any]) -> dict[str, Any]:
    """Return where every row of a report ended."""
    return {
        "encoding": report["encoding"],
        "sheets": [(s["name"], s["hidden"], s["used"], s["rows"]) for s in report["sheets"]],
        "rows": report["rows"],
        "accepted": report["accepted"],
        "rejected": [(r["sheet"], r["row"], r["field"], r["code"]) for r in report["rejected"]],
        "repaired": sorted((r["sheet"], r["row"], r["field"]) for r in report["repaired"]),
        "skipped": [(s["sheet"], s["row"]) for s in report["skipped"]],
    }


@pytest.mark.parametrize("make", [*TEXTS, *BOOKS, *CELLS], ids=lambda make: make.__name__)
def test_every_row_of_an_unseen_roster_ends_where_the_rules_send_it(
    make: Callable[[], Unseen], shell: Shell, tmp_path: Path
) -> None:
    roster = make()
    path = tmp_path / roster.filename
    path.write_bytes(roster.content)
    words = (str(path), "--month", roster.month, "--scheme", roster.scheme)
    expected = {
        "encoding": roster.encoding,
        "sheets": list(roster.sheets),
        "rows": roster.rows,
        "accepted": roster.accepted,
        "rejected": list(roster.rejected),
        "repaired": sorted(roster.repaired),
        "skipped": list(roster.skipped),
    }
    dry = shell.report(*words, "--dry-run")
    assert ends(dry) == expected
    assert (dry["new"], dry["changed"], dry["unchanged"], dry["gone"]) == (roster.accepted, 0, 0, 0)
    assert (dry["applied"], shell.facts()) == (False, 0)
    assert not re.search(r"[0-9]{17}", json.dumps({**dry, "sha256": ""}, ensure_ascii=False))

    done = shell.report(*words, "--yes")
    assert ends(done) == expected
    assert (done["applied"], shell.facts()) == (True, roster.accepted)
    assert {year: shell.covered(year) for year in roster.covered} == dict(roster.covered)

    again = shell.report(*words, "--yes")
    assert ends(again) == expected
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, roster.accepted)
    assert (again["gone"], again["applied"], shell.facts()) == (0, False, roster.accepted)
