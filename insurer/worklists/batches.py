"""One step for many cases: what it would do to each, doing it, and what became of each.

No step here decides about money: proposing, agreeing and paying are done case by case.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.accounts.queries import list_staff
from insurer.accounts.tables import Staff
from insurer.claims.lifecycle import CALCULABLE, OPEN_STATES, WORDS, State
from insurer.claims.operations.assigning import assign_claims, may_have_cases, why_not_assigned
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.papers import check_papers
from insurer.claims.rules import paper_list
from insurer.claims.tables import Claim
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.notices.operations import start_print_run
from insurer.notices.printable import refuse_unprintable
from insurer.notices.tables import Notice
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.worklists.case_bar import shown_amount
from insurer.worklists.selections import freeze_numbers, members_of
from insurer.worklists.tables import BatchRun
from insurer.worklists.views import paths
from insurer.worklists.views.cases import BatchPreviewPage, BatchPreviewRow, BatchResultPage
from insurer.worklists.views.elements import Choice

SHOWN: Final = 200
"""So many rows of a preview are listed; the counts are of all."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that can be taken for many cases: its words, its permission, how many at once."""

    word: str
    permission: str
    most: int


@dataclass(frozen=True, slots=True)
class Ran:
    """A run, and the selection of the cases that were too many for it."""

    run_id: UUID
    rest: UUID | None = None


STEPS: Final[dict[str, Step]] = {
    "assign": Step("分派", "claims.assign", 20_000),
    "accept": Step("核对材料并受理", "claims.accept", 500),
    "calculate": Step("重新核算", "claims.review", 500),
    "print": Step("打印通知书", "notices.print", 500),
}
_NO_LETTER: Final = "没有要打印的通知书，跳过"
_IN_MAKING: Final = "还在制作"


@dataclass(frozen=True, slots=True)
class _Row:
    claim_id: UUID
    number: str
    state: str
    amount: int
    handler_id: UUID | None
    owner: str
    person: str
    letters: tuple[tuple[UUID | None, str], ...] = ()
    """Letters that wait for the printer: their id, or ``None`` and why they cannot be printed."""


def preview_batch(
    session: UnitSession, *, actor: Actor, action: str, selection_id: UUID, back: str, problem: str = ""
) -> BatchPreviewPage:
    """Return for each chosen case whether the step can be done, and why not; changes nothing."""
    step = _step(actor, action)
    rows = _rows(session, members_of(session, actor=actor, selection_id=selection_id), action)
    whys = [_why(action, row, None) for row in rows]
    reasons = Counter(why for why in whys if why)
    doable = sum(1 for why in whys if not why)
    staff: tuple[Choice, ...] = ()
    if action == "assign":
        able = [one for one in list_staff(session) if may_have_cases(one)]
        staff = (
            Choice("", "请选一位"),
            *(Choice(str(one.id), one.name) for one in able),
            Choice("nobody", "没有人（收回）"),
        )
    return BatchPreviewPage(
        action=action,
        word=step.word,
        rows=tuple(_preview_row(row, why) for row, why in list(zip(rows, whys, strict=True))[:SHOWN]),
        total=len(rows),
        able=min(doable, step.most),
        later=max(0, doable - step.most),
        reasons=tuple(reasons.most_common()),
        selection=str(selection_id),
        back_href=back,
        href=f"{paths.CASES}/batch",
        staff=staff,
        problem=problem,
    )


def _preview_row(row: _Row, why: str) -> BatchPreviewRow:
    state = State(row.state)
    amount = shown_amount(state, row.amount)
    return BatchPreviewRow(row.number, row.person, WORDS[state].word, amount, row.owner, why)


def _step(actor: Actor, action: str) -> Step:
    step = STEPS.get(action)
    if step is None:
        raise Invalid("没有这一步，请从列表上方的按钮选")
    require(actor, step.permission)
    return step


def _rows(session: UnitSession, members: Sequence[UUID], action: str) -> list[_Row]:
    found: dict[UUID, _Row] = {}
    for start in range(0, len(members), 5_000):
        statement = (
            select(
                Claim.id,
                Claim.case_no,
                Claim.state,
                Claim.benefit_fen,
                Claim.handler_id,
                Staff.name.label("owner"),
                Person.name.label("person"),
            )
            .join(Person, Person.id == Claim.person_id)
            .outerjoin(Staff, Staff.id == Claim.handler_id)
            .where(Claim.id.in_(members[start : start + 5_000]))
        )
        for row in session.execute(statement):
            found[row.id] = _Row(
                row.id, row.case_no, row.state, row.benefit_fen, row.handler_id, row.owner or "", row.person
            )
    rows = [found[one] for one in members if one in found]
    return _with_letters(session, rows) if action == "print" else rows


def _with_letters(session: UnitSession, rows: Sequence[_Row]) -> list[_Row]:
    """Add to each case the letters that wait for the printer: the id of one, or why it cannot be printed."""
    ids = [row.claim_id for row in rows]
    waiting = select(Notice).where(Notice.claim_id.in_(ids), Notice.state.in_(("queued", "rendered")))
    notices = session.scalars(waiting.order_by(Notice.id)).all()
    refused: dict[str, str] = {}
    try:
        refuse_unprintable(session, [notice for notice in notices if notice.state == "rendered"])
    except Conflict as conflict:
        refused = {problem.where: problem.message for problem in conflict.problems}
    letters: dict[UUID | None, list[tuple[UUID | None, str]]] = {}
    for notice in notices:
        why = _IN_MAKING if notice.state == "queued" else refused.get(notice.number_text, "")
        letters.setdefault(notice.claim_id, []).append((None if why else notice.id, why))
    return [replace(row, letters=tuple(letters.get(row.claim_id, ()))) for row in rows]


def _why(action: str, row: _Row, staff_id: UUID | None, *, chosen: bool = False) -> str:
    if action == "assign":
        if not chosen:
            return "" if State(row.state) in OPEN_STATES else "已经办完，跳过"
        return why_not_assigned(row.state, row.handler_id, staff_id)
    if action == "accept":
        return "" if row.state == State.RECEIVED.value else "不在待受理，跳过"
    if action == "print":
        if any(letter for letter, _ in row.letters):
            return ""
        return f"通知书{row.letters[0][1]}" if row.letters else _NO_LETTER
    return "" if State(row.state) in CALCULABLE else "已经送复核或决定，跳过"


def run_batch(
    session: UnitSession, *, actor: Actor, action: str, selection_id: UUID, staff: str = "", now: datetime
) -> Ran:
    """Take the step for every chosen case that allows it and keep what became of each.

    ``staff`` is the id of who gets the cases, or ``nobody``. :class:`Invalid` without it. Of more cases than
    the step takes at once the first are done; the others are a selection of their own, to go on with.
    """
    step = _step(actor, action)
    staff_id = _receiver(staff) if action == "assign" else None
    rows = _rows(session, members_of(session, actor=actor, selection_id=selection_id), action)
    able: list[_Row] = []
    skipped = []
    for row in rows:
        why = _why(action, row, staff_id, chosen=True)
        if why:
            skipped.append([row.number, why])
        else:
            able.append(row)
    able, later = able[: step.most], able[step.most :]
    doing: dict[str, Callable[[], tuple[dict[UUID, str], str]]] = {
        "assign": lambda: _assign(session, actor, able, staff_id, now),
        "accept": lambda: _accept(session, actor, able, now),
        "calculate": lambda: _calculate(session, actor, able, now),
        "print": lambda: _print(session, actor, able, now),
    }
    became, argument = doing[action]() if able else ({}, "")
    done = [[row.number, became[row.claim_id]] for row in able if row.claim_id in became]
    skipped += [[row.number, "刚刚有人办过，跳过"] for row in able if row.claim_id not in became]
    run = BatchRun(id=new_id(), staff_id=actor.staff_id, action=action, argument=argument, made_at=now)
    run.done, run.skipped = done, skipped
    session.add(run)
    session.flush()
    rest = (
        freeze_numbers(session, actor=actor, numbers=[row.number for row in later], now=now)
        if later
        else None
    )
    return Ran(run.id, rest)


def _receiver(staff: str) -> UUID | None:
    if staff == "nobody":
        return None
    try:
        return UUID(staff)
    except ValueError as error:
        words = "没有选分派给谁，请选一位"
        raise Invalid("没有分派", (Problem("staff", words),)) from error


def _assign(
    session: UnitSession, actor: Actor, rows: Sequence[_Row], staff_id: UUID | None, now: datetime
) -> tuple[dict[UUID, str], str]:
    ids = [row.claim_id for row in rows]
    changed = assign_claims(session, actor=actor, claim_ids=ids, staff_id=staff_id, now=now)
    name = session.scalar(select(Staff.name).where(Staff.id == staff_id)) if staff_id else ""
    word = f"经办改为{name}" if name else "已收回，没有经办人"
    return dict.fromkeys(changed, word), name or ""


def _accept(
    session: UnitSession, actor: Actor, rows: Sequence[_Row], now: datetime
) -> tuple[dict[UUID, str], str]:
    ids = [row.claim_id for row in rows]
    missing = check_papers(session, actor=actor, claim_ids=ids, now=now)
    calculate_claims(session, actor=actor, claim_ids=ids, now=now)
    states = _states(session, ids)
    kinds = paper_list().kinds
    became = {}
    for claim_id, state in states.items():
        lacking = "、".join(kinds[code].word for code in missing.get(claim_id, ()) if code in kinds)
        became[claim_id] = f"缺{lacking}，已发补件通知" if lacking else f"已受理，现在是{state}"
    return became, ""


def _calculate(
    session: UnitSession, actor: Actor, rows: Sequence[_Row], now: datetime
) -> tuple[dict[UUID, str], str]:
    done = calculate_claims(session, actor=actor, claim_ids=[row.claim_id for row in rows], now=now)
    return {one: f"已重算，现在是{state}" for one, state in _states(session, done).items()}, ""


def _print(
    session: UnitSession, actor: Actor, rows: Sequence[_Row], now: datetime
) -> tuple[dict[UUID, str], str]:
    letters = [letter for row in rows for letter, _ in row.letters if letter is not None]
    run_id = start_print_run(session, actor=actor, notice_ids=letters, now=now)
    became = {}
    for row in rows:
        whys = [why for letter, why in row.letters if letter is None]
        left = f"，另有 {len(whys)} 份{whys[0]}" if whys else ""
        became[row.claim_id] = f"{len(row.letters) - len(whys)} 份，进入合并打印{left}"
    return became, str(run_id)


def _states(session: UnitSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Claim.id, Claim.state).where(Claim.id.in_(list(ids))))
    return {row[0]: WORDS[State(row[1])].word for row in rows}


def load_run(
    session: UnitSession, *, actor: Actor, run_id: UUID, back: str, rest: UUID | None = None
) -> BatchResultPage:
    """Return what became of each case of a run of one's own; :class:`NotFound` for another's.

    ``rest`` is the selection of those that were too many for this run.
    """
    run = session.get(BatchRun, run_id)
    if run is None or run.staff_id != actor.staff_id or run.action not in STEPS:
        raise NotFound("没有这次成批办理。请回到列表")
    printed = run.action == "print" and run.argument
    return BatchResultPage(
        word=STEPS[run.action].word,
        who=run.argument if run.action == "assign" else "",
        at=run.made_at,
        done=tuple((str(number), str(words)) for number, words in run.done),
        skipped=tuple((str(number), str(words)) for number, words in run.skipped),
        back_href=back,
        action=run.action,
        rest=str(rest or ""),
        rest_count=len(members_of(session, actor=actor, selection_id=rest)) if rest else 0,
        next_href=f"{paths.NOTICES}/runs/{run.argument}" if printed else "",
        next_word="打开合并的文件" if printed else "",
        step_href=f"{paths.CASES}/batch",
        hrefs={str(number): paths.case_href(str(number)) for number, _ in (*run.done, *run.skipped)},
    )
