"""A desk that stages and applies small rosters against a real database."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import event, text

from insurer.people import operations, queries
from insurer.people.arriving import ArrivingFile
from insurer.people.operations import RosterOutcome
from insurer.people.reading.certno import check_character
from insurer.platform.audit import SYSTEM, Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage

XB = "changzhou-xinbei"
NOW = datetime(2026, 1, 8, 2, 0, tzinfo=UTC)
HEADER = (
    "姓名,身份证号,保障类别,享受起始年月,镇街,低保证号,户主姓名,联系电话,开户行,银行账号,参保状态,变动类型"
)


def number(serial: int, born: str = "19650307") -> str:
    first = f"320411{born}{serial:03d}"
    return first + check_character(first)


def line(name: str, serial: int, **others: str) -> str:
    values = {
        "category": "农村低保",
        "start": "2019-05",
        "town": "薛家镇",
        "card": f"DB{serial}",
        "head": name,
        "tel": f"138{serial:08d}",
        "bank": "",
        "account": "",
        "insured": "居民医保",
        "change": "",
        **others,
    }
    return ",".join([name, number(serial), *values.values()])


def roster(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


class Desk:
    """Stages and applies rosters one after the other, an hour apart."""

    def __init__(self, session: UnitSession, storage: Storage) -> None:
        self.session, self.storage, self.now = session, storage, NOW

    def stage(
        self,
        month: date,
        content: bytes,
        scheme: str = XB,
        filename: str = "名册.csv",
        *,
        kind: str = "full",
        actor: Actor = SYSTEM,
    ) -> RosterOutcome:
        self.now += timedelta(hours=1)
        return operations.stage_roster(
            self.session,
            arriving=ArrivingFile(scheme, month, filename, kind=kind),
            actor=actor,
            content=content,
            storage=self.storage,
            now=self.now,
        )

    def apply(self, staged: RosterOutcome) -> RosterOutcome:
        assert staged.import_id is not None
        outcome = operations.apply_roster(
            self.session, actor=SYSTEM, import_id=staged.import_id, storage=self.storage, now=self.now
        )
        self.session.commit()
        return outcome

    def take(self, month: date, *lines: str, scheme: str = XB, kind: str = "full") -> RosterOutcome:
        return self.apply(self.stage(month, roster(*lines), scheme, kind=kind))

    def person(self, serial: int, scheme: str = XB) -> uuid.UUID:
        return queries.find_people(self.session, scheme=scheme, certnos=[number(serial)])[number(serial)]

    def count(self, table: str) -> int:
        return int(self.session.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0)

    def cover(self, serial: int) -> list[tuple[int, date, date, str]]:
        found = queries.cover_periods(self.session, [self.person(serial)])
        return [(c.year, c.from_on, c.until_on, c.reason) for c in found]


def figures(outcome: RosterOutcome) -> tuple[int, int, int, int]:
    report = outcome.report
    return report["new"], report["changed"], report["unchanged"], report["gone"]


DEC, JAN, FEB, MAR = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
Y25 = (date(2025, 1, 1), date(2025, 12, 31))
Y26 = (date(2026, 1, 1), date(2026, 12, 31))


class counted:
    """Collects the statements that a block sends."""

    def __init__(self, session: UnitSession) -> None:
        self.connection, self.statements = session.connection(), []

    def _note(self, _c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements.append(statement)

    def __enter__(self) -> list[str]:
        event.listen(self.connection, "before_cursor_execute", self._note)
        return self.statements

    def __exit__(self, *_: object) -> None:
        event.remove(self.connection, "before_cursor_execute", self._note)
