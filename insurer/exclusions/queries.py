"""Reads of the lists as the desk keeps them: the edition in force, proposals, reports."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select

from insurer.exclusions.changes import Change
from insurer.exclusions.editions import Edition, edition_with
from insurer.exclusions.rules import Effect, effect_of
from insurer.exclusions.tables import ListChange, ListChangeStep, ListReport, ListReportStep
from insurer.kernel.errors import NotFound
from insurer.platform.db import UnitSession


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed change with what became of it; ``step`` is empty while it waits."""

    change: Change
    number: str
    proposed_by: str
    proposed_by_name: str
    proposed_at: datetime
    step: str = ""
    opinion: str = ""
    ended_by_name: str = ""
    ended_at: datetime | None = None
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A reported answer with what became of it; ``step`` is empty while it waits."""

    row: ListReport
    step: str = ""
    reason: str = ""
    ended_by_name: str = ""
    ended_at: datetime | None = None
    change_number: str = ""


def edition_in_force(session: UnitSession) -> Edition:
    """Return the lists as they stand: the package's with every approved change."""
    return edition_with(tuple(approved_changes(session)))


def approved_changes(session: UnitSession) -> list[Change]:
    """Return every approved change, of all dates, in the order in which they begin."""
    found = (
        select(ListChange)
        .join(ListChangeStep, ListChangeStep.change_id == ListChange.id)
        .where(ListChangeStep.step == "approved")
        .order_by(ListChange.starts_on, ListChange.id)
    )
    return [change_from(row) for row in session.scalars(found)]


def approved_change(session: UnitSession, change_id: uuid.UUID) -> Change | None:
    """Return one change when it was approved."""
    row = session.scalar(
        select(ListChange)
        .join(ListChangeStep, ListChangeStep.change_id == ListChange.id)
        .where(ListChange.id == change_id, ListChangeStep.step == "approved")
    )
    return None if row is None else change_from(row)


def change_from(row: ListChange) -> Change:
    """Return a row as the value that the checker works with."""
    return Change(
        id=str(row.id),
        list_id=row.list_id,
        kind=row.kind,  # type: ignore[arg-type]
        term=row.term,
        answer=row.answer,
        meaning=row.meaning,
        basis=row.basis,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


def proposals(
    session: UnitSession,
    *,
    list_id: str = "",
    term: str = "",
    steps: Sequence[str] = (),
    not_by: str = "",
    limit: int = 50,
    offset: int = 0,
) -> list[Proposal]:
    """Return proposals, newest first: of one list, one word, of some standings (``""``: those that wait).

    ``not_by`` leaves out what this person proposed: nobody approves his own.
    """
    found = _proposals()
    if not_by:
        found = found.where(ListChange.proposed_by != not_by)
    if list_id:
        found = found.where(ListChange.list_id == list_id)
    if term:
        found = found.where(ListChange.term == term)
    if steps:
        found = found.where(func.coalesce(ListChangeStep.step, "").in_(steps))
    found = found.order_by(ListChange.proposed_at.desc(), ListChange.id.desc()).limit(limit).offset(offset)
    return [_proposal(*row) for row in session.execute(found)]


def proposal(session: UnitSession, number: str) -> Proposal:
    """Return one proposal; :class:`NotFound` when there is none of this number."""
    row = session.execute(_proposals().where(ListChange.number == number)).one_or_none()
    if row is None:
        raise NotFound("没有这条修改，请从清单页进入")
    return _proposal(*row)


def _proposals() -> Select[ListChange, ListChangeStep | None]:
    return select(ListChange, ListChangeStep).outerjoin(
        ListChangeStep, ListChangeStep.change_id == ListChange.id
    )


def _proposal(change: ListChange, step: ListChangeStep | None) -> Proposal:
    plain = Proposal(
        change=change_from(change),
        number=change.number,
        proposed_by=change.proposed_by,
        proposed_by_name=change.proposed_by_name,
        proposed_at=change.proposed_at,
    )
    if step is None:
        return plain
    return Proposal(
        plain.change,
        plain.number,
        plain.proposed_by,
        plain.proposed_by_name,
        plain.proposed_at,
        step=step.step,
        opinion=step.opinion,
        ended_by_name=step.by_name,
        ended_at=step.at,
        effect=effect_of(step.effect),
    )


def reports(
    session: UnitSession, *, waiting: bool, limit: int = 50, offset: int = 0, ids: Sequence[uuid.UUID] = ()
) -> list[Report]:
    """Return reports, those that wait or those that were handled, newest first; or the named ones."""
    found = (
        select(ListReport, ListReportStep, ListChange.number)
        .outerjoin(ListReportStep, ListReportStep.report_id == ListReport.id)
        .outerjoin(ListChange, ListChange.id == ListReportStep.change_id)
    )
    if ids:
        found = found.where(ListReport.id.in_(ids))
    else:
        found = found.where(ListReportStep.id.is_(None) if waiting else ListReportStep.id.is_not(None))
    found = found.order_by(ListReport.reported_at.desc(), ListReport.id.desc()).limit(limit).offset(offset)
    return [_report(*row) for row in session.execute(found)]


def _report(row: ListReport, step: ListReportStep | None, number: str | None) -> Report:
    if step is None:
        return Report(row)
    return Report(row, step.step, step.reason, step.by_name, step.at, number or "")


def report(session: UnitSession, report_id: uuid.UUID) -> Report:
    """Return one report; :class:`NotFound` when there is none."""
    found = reports(session, waiting=True, ids=[report_id])
    if not found:
        raise NotFound("没有这条报告，请刷新后再试")
    return found[0]


def waiting_counts(session: UnitSession, *, not_by: str = "") -> tuple[int, int]:
    """Return how many proposals (not by this person, if one is named) and how many reports wait."""
    changes = (
        select(func.count())
        .select_from(ListChange)
        .where(~select(ListChangeStep.id).where(ListChangeStep.change_id == ListChange.id).exists())
    )
    if not_by:
        changes = changes.where(ListChange.proposed_by != not_by)
    told = (
        select(func.count())
        .select_from(ListReport)
        .where(~select(ListReportStep.id).where(ListReportStep.report_id == ListReport.id).exists())
    )
    row = session.execute(select(changes.scalar_subquery(), told.scalar_subquery())).one()
    return int(row[0]), int(row[1])


def ended_counts(session: UnitSession) -> tuple[int, int]:
    """Return how many proposals and how many reports have ended."""
    row = session.execute(
        select(
            select(func.count()).select_from(ListChangeStep).scalar_subquery(),
            select(func.count()).select_from(ListReportStep).scalar_subquery(),
        )
    ).one()
    return int(row[0]), int(row[1])


def open_reports_of(session: UnitSession, line_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of these fee lines have a report that waits."""
    found = (
        select(ListReport.line_id)
        .outerjoin(ListReportStep, ListReportStep.report_id == ListReport.id)
        .where(ListReport.line_id.in_(line_ids), ListReportStep.id.is_(None))
    )
    return set(session.scalars(found))


def in_force_on(change: Change, day: date) -> str:
    """Return where an approved change stands on a day: ``coming``, ``now`` or ``over``."""
    if day < change.starts_on:
        return "coming"
    return "now" if change.holds_on(day) else "over"
