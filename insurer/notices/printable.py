"""Which letters may go to the printer."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from insurer.claims.tables import DecisionStep
from insurer.claims.tracks.tables import Advance
from insurer.kernel.errors import Conflict, Problem
from insurer.notices.catalogue import STATE_WORDS, NoticeKind
from insurer.notices.tables import Notice, PrintRun
from insurer.platform.db import UnitSession


def refuse_unprintable(session: UnitSession, notices: Sequence[Notice]) -> None:
    """Raise :class:`Conflict` naming every letter that may not be printed now, and why."""
    unmade = set(
        session.scalars(
            select(PrintRun.id).where(
                PrintRun.id.in_({notice.print_run_id for notice in notices if notice.print_run_id}),
                PrintRun.pdf_sha256.is_(None),
            )
        )
    )
    ended = _ended_advances(session, notices)
    recalled = _recalled_decisions(session, {notice.decision_id for notice in notices if notice.decision_id})
    problems = []
    for notice in notices:
        if notice.state in ("queued", "void"):
            problems.append(Problem("notice_ids", STATE_WORDS[notice.state], notice.number_text))
        elif notice.decision_id in recalled:
            problems.append(Problem("notice_ids", "的决定已撤回，请作废", notice.number_text))
        elif notice.dedupe_key in ended:
            problems.append(Problem("notice_ids", "的提前给付已经不付了，请作废", notice.number_text))
        elif notice.print_run_id in unmade:
            problems.append(Problem("notice_ids", "在另一次打印里，那次还没有做好", notice.number_text))
    if problems:
        listed = "；".join(f"{problem.where}{problem.message}" for problem in problems[:5])
        raise Conflict(f"有 {len(problems)} 份现在不能打印：{listed}", tuple(problems))


def _ended_advances(session: UnitSession, notices: Sequence[Notice]) -> set[str]:
    """Return the keys of letters on advances that will not be paid: the decision came first, or the bank."""
    begin = f"{NoticeKind.ADVANCE.value}:"
    ids = [UUID(one.dedupe_key.removeprefix(begin)) for one in notices if one.kind == NoticeKind.ADVANCE]
    rows = select(Advance.id).where(Advance.id.in_(ids), Advance.status == "withdrawn")
    return {f"{begin}{advance_id}" for advance_id in session.scalars(rows)} if ids else set()


def _recalled_decisions(session: UnitSession, decision_ids: Collection[UUID]) -> set[UUID]:
    """Return those decisions whose last signature took them back: their letters must not go out."""
    last = (
        select(DecisionStep.decision_id, DecisionStep.step)
        .where(DecisionStep.decision_id.in_(decision_ids))
        .ext(distinct_on(DecisionStep.decision_id))
        .order_by(DecisionStep.decision_id, DecisionStep.at.desc(), DecisionStep.id.desc())
    )
    return {row.decision_id for row in session.execute(last) if row.step in ("recalled", "sent_back")}
