"""What the agency and the early-warning list should know, from the newest calculation of each case.

Numbers of cases and settlements, no names: the agency finds the settlement by its number.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, cast, func, select

from insurer.claims.lifecycle import State
from insurer.claims.tables import Claim, Decision, Settlement
from insurer.kernel.money import parse_yuan
from insurer.platform.db import UnitSession
from insurer.schemes.packdata import UNSETTLED
from insurer.worklists.alerts import FINDINGS

_AT_ONCE = 200


class FindingRow(NamedTuple):
    """One finding; amounts in fen, ``None`` where the kind of finding has none.

    ``standing`` says in a word that the figures behind it are not settled; empty when they are.
    """

    case_no: str
    setl_id: str
    settled_on: date | None
    code: str
    word: str
    clause: str
    amount_fen: int
    paid_fen: int | None
    expected_fen: int | None
    burden_fen: int | None
    threshold_fen: int | None
    year: str
    message: str
    standing: str


def list_findings(
    session: UnitSession, *, scheme: str, code: str = "", settled_only: bool = False
) -> list[FindingRow]:
    """Return the findings of a scheme's cases, by case number; withdrawn cases have none.

    An early warning is that of a person and year: only the highest burden stands in the list.
    """
    rows: list[FindingRow] = []
    highest: dict[tuple[UUID, str], int] = {}
    for person_id, row in _found(session, scheme, code):
        if settled_only and row.standing:
            continue
        if row.code != "early_warning":
            rows.append(row)
            continue
        key = (person_id, row.year)
        place = highest.get(key)
        if place is None:
            highest[key] = len(rows)
            rows.append(row)
        elif (row.burden_fen or 0) > (rows[place].burden_fen or 0):
            rows[place] = row
    return sorted(rows, key=lambda row: (row.case_no, row.setl_id, row.code))


def _found(session: UnitSession, scheme: str, code: str) -> Iterator[tuple[UUID, FindingRow]]:
    newest = select(Decision.claim_id, func.max(Decision.seq).label("seq")).group_by(Decision.claim_id)
    last = newest.subquery()
    statement = (
        select(Claim.id, Claim.case_no, Claim.person_id, Decision.result)
        .join(Decision, Decision.claim_id == Claim.id)
        .join(last, (last.c.claim_id == Decision.claim_id) & (last.c.seq == Decision.seq))
        .where(Claim.scheme == scheme, Claim.state != State.WITHDRAWN.value)
        .where(cast(Decision.result, Text).contains('"findings"'))
        .order_by(Claim.case_no)
    )
    for claim_id, case_no, person_id, result in session.execute(
        statement, execution_options={"yield_per": _AT_ONCE}
    ):
        days: Mapping[str, date] = {}
        for one in result["settlements"]:
            for finding in one.get("findings") or ():
                if code and finding["code"] != code:
                    continue
                days = days or _days(session, claim_id)
                yield person_id, _row(case_no, one, finding, days)


def _days(session: UnitSession, claim_id: UUID) -> Mapping[str, date]:
    statement = select(Settlement.setl_id, Settlement.settled_on).where(
        Settlement.claim_id == claim_id, Settlement.superseded_at.is_(None)
    )
    return {row.setl_id: row.settled_on for row in session.execute(statement)}


def _row(
    case_no: str, one: Mapping[str, Any], finding: Mapping[str, Any], days: Mapping[str, date]
) -> FindingRow:
    return FindingRow(
        case_no=case_no,
        setl_id=one["setl_id"],
        settled_on=days.get(one["setl_id"]),
        code=finding["code"],
        word=FINDINGS.get(finding["code"], finding["code"]),
        clause=finding["clause"],
        amount_fen=parse_yuan(finding["amount"]),
        paid_fen=_fen(finding, "paid"),
        expected_fen=_fen(finding, "expected"),
        burden_fen=_fen(finding, "burden"),
        threshold_fen=_fen(finding, "threshold"),
        year=str(one["year"]),
        message=finding["message"],
        standing=UNSETTLED.get(finding["parameter"]["status"], ""),
    )


def _fen(finding: Mapping[str, Any], name: str) -> int | None:
    return parse_yuan(finding[name]) if name in finding else None
