"""Running totals of the limits: used and returned under the lock of the person's account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from insurer.claims.tables import Claim, Decision, LimitAccount, LimitEntry
from insurer.kernel.errors import Conflict
from insurer.kernel.money import parse_yuan, to_yuan
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

_ADD = text(
    """
    UPDATE limit_account SET used_fen = used_fen + :amount
     WHERE scheme = :scheme AND person_id = :person_id AND year = :year AND pool = :pool
    """
)


def movements(document: Mapping[str, Any], result: Mapping[str, Any]) -> dict[tuple[int, str], int]:
    """Return what a calculation takes of each limit it looked at, by year and pool; zero is a use too."""
    used = document["used"]
    return {
        (int(year), pool): parse_yuan(after) - parse_yuan(used.get(year, {}).get(pool, "0.00"))
        for year, row in sorted(result["balances"].items())
        for pool, after in sorted(row.items())
    }


def use_limit(session: UnitSession, claim: Claim, decision: Decision, *, now: datetime) -> None:
    """Book what a decision takes of the year's limits.

    :class:`Conflict` when a balance is not the one the decision was calculated from: another case of the
    person was decided meanwhile.
    """
    for (year, pool), amount in movements(decision.document, decision.result).items():
        key = {"scheme": claim.scheme, "person_id": claim.person_id, "year": year, "pool": pool}
        session.execute(insert(LimitAccount).values(**key, used_fen=0).on_conflict_do_nothing())
        account = session.execute(
            select(LimitAccount).filter_by(**key).with_for_update().execution_options(populate_existing=True)
        ).scalar_one()
        if to_yuan(account.used_fen) != decision.document["used"].get(str(year), {}).get(pool, "0.00"):
            raise Conflict("核算以后这位参保人又有案件获批，年度限额变了。请退回初审，重算后再送")
        if amount:
            entry = {"id": new_id(), "kind": "use", "amount_fen": amount, "at": now}
            session.add(LimitEntry(**key, **entry, decision_id=decision.id))
            session.execute(_ADD, {**key, "amount": amount})


def return_limit(session: UnitSession, claim: Claim, *, now: datetime) -> None:
    """Give back what the case's decisions still hold: it was recalled or reopened."""
    held = session.execute(
        select(LimitEntry.decision_id, LimitEntry.year, LimitEntry.pool, func.sum(LimitEntry.amount_fen))
        .join(Decision, Decision.id == LimitEntry.decision_id)
        .where(Decision.claim_id == claim.id)
        .group_by(LimitEntry.decision_id, LimitEntry.year, LimitEntry.pool)
        .having(func.sum(LimitEntry.amount_fen) != 0)
        .order_by(LimitEntry.year, LimitEntry.pool)  # the order in which approvals lock the accounts
    )
    for decision_id, year, pool, amount in held.all():
        key = {"scheme": claim.scheme, "person_id": claim.person_id, "year": year, "pool": pool}
        entry = {"id": new_id(), "kind": "return", "amount_fen": -int(amount), "at": now}
        session.add(LimitEntry(**key, **entry, decision_id=decision_id))
        session.execute(_ADD, {**key, "amount": -int(amount)})
