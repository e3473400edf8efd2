"""One step for many cases: what it would do to each, and doing it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from insurer.claims.lifecycle import CALCULABLE, WORDS, State
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.papers import check_papers
from insurer.claims.tables import Claim
from insurer.kernel.errors import Invalid
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.views import paths
from insurer.worklists.views.cases import BatchPreviewPage, BatchPreviewRow

ACTIONS: Final = {"accept": "核对材料并受理", "calculate": "重新核算"}


def preview_batch(session: UnitSession, *, action: str, numbers: Sequence[str]) -> BatchPreviewPage:
    """Return for each chosen case whether the step can be done, and why not; writes nothing."""
    if action not in ACTIONS:
        raise Invalid("没有这一步，请从列表上方的按钮选")
    if not numbers:
        raise Invalid("没有选案件，请先勾选")
    rows = session.execute(
        select(Claim.case_no, Claim.state, Claim.benefit_fen, Person.name)
        .join(Person, Person.id == Claim.person_id)
        .where(Claim.case_no.in_(list(numbers)))
        .order_by(Claim.case_no)
    )
    found = tuple(
        BatchPreviewRow(
            row.case_no, row.name, WORDS[State(row.state)].word, row.benefit_fen, _why(action, row.state)
        )
        for row in rows
    )
    return BatchPreviewPage(
        action=action,
        word=ACTIONS[action],
        rows=found,
        able=sum(1 for row in found if not row.why),
        back_href=paths.CASES,
        href=f"{paths.CASES}/batch",
    )


def _why(action: str, state: str) -> str:
    if action == "accept":
        return "" if state == State.RECEIVED.value else "不在待受理，跳过"
    return "" if State(state) in CALCULABLE else "已经送复核或决定，跳过"


def apply_batch(
    session: UnitSession, *, actor: Actor, action: str, numbers: Sequence[str], now: datetime
) -> int:
    """Do the step to every chosen case that allows it; returns how many."""
    preview = preview_batch(session, action=action, numbers=numbers)
    able = [row.number for row in preview.rows if not row.why]
    ids = list(session.scalars(select(Claim.id).where(Claim.case_no.in_(able)).order_by(Claim.case_no)))
    if action == "accept":
        check_papers(session, actor=actor, claim_ids=ids, now=now)
    calculate_claims(session, actor=actor, claim_ids=ids, now=now)
    return len(ids)
