"""期限与批次: rosters, refusals, payments, letters that have a date."""

from datetime import date
from typing import Any, Final

from sqlalchemy import Row, func, or_, select

from insurer.claims.calendar import PAYMENT_DAYS
from insurer.claims.lifecycle import AGREED, State
from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.money import display
from insurer.notices.tables import Notice
from insurer.payments.tables import PaymentBatch, PaymentInstruction
from insurer.people.tables import RosterImport
from insurer.platform.db import UnitSession
from insurer.worklists.clocks import approval_is_late
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, SideRow

_PAYABLE: Final = tuple(sorted(AGREED))
_Figures = Row[int, date | None, int, int, int]


def load_deadlines(session: UnitSession, *, scheme: str, today: date) -> tuple[SideRow, ...]:
    """Return the rows of the side column, by what presses most; four statements."""
    cases, letters = _cases(session, scheme, today), _letters_under_way(session, scheme)
    rows = [
        *_calendar(session, today),
        *_approvals(cases, scheme, today),
        *_rosters(session, scheme),
        *_refusals(letters, scheme, today),
        *_to_pay(cases, scheme),
        *_batches(session, scheme),
        *_letters(letters, scheme),
    ]
    return tuple(rows)


def _calendar(session: UnitSession, today: date) -> list[SideRow]:
    """Warn before the working calendar ends: terms beyond it cannot be counted."""
    calendar = calendar_in_force(session)
    if not calendar.ends_soon(today):
        return []
    following, provisional = calendar.final_until.year + 1, calendar.final_until < calendar.until
    words = f"{following} 年是暂定的" if provisional else f"只到 {calendar.until.year} 年底"
    second = ("调休公布后要更新",) if provisional else ("补上以前，到期在那以后的案件不能受理",)
    link = Link(words, paths.CALENDAR)
    if provisional:
        return [SideRow("工作日历", link=link, second=second, shape="triangle", tone="amber")]
    return [SideRow("工作日历", link=link, second=second, shape="square", tone="red")]


def _cases(session: UnitSession, scheme: str, today: date) -> _Figures:
    """Return the figures of the cases left lying by their second person, to pay, or returned by the bank."""
    late, payable = approval_is_late(today), Claim.state.in_(_PAYABLE)
    statement = select(
        func.count().filter(late).label("left"),
        func.min(Claim.approve_by_on).filter(late).label("longest"),
        func.count().filter(payable).label("approved"),
        func.coalesce(func.sum(Claim.benefit_fen).filter(payable), 0).label("sum"),
        func.count().filter(Claim.state == State.BOUNCED.value).label("bounced"),
    ).where(Claim.scheme == scheme, or_(late, Claim.state.in_((*_PAYABLE, State.BOUNCED.value))))
    return session.execute(statement).one()


def _approvals(row: _Figures, scheme: str, today: date) -> list[SideRow]:
    """Name the proposals that their second person has left lying."""
    if not row.left:
        return []
    href = paths.with_query(paths.CASES, scheme=kept(scheme), approval="late")
    second = (f"最久超 {(today - row.longest).days} 天", "主管可以换复核人")
    return [SideRow("复核超时", link=Link(f"{row.left} 件", href), second=second, shape="square", tone="red")]


def _rosters(session: UnitSession, scheme: str) -> list[SideRow]:
    statement = (
        select(RosterImport.id, RosterImport.month, RosterImport.counts)
        .where(RosterImport.scheme == scheme, RosterImport.state == "staged")
        .order_by(RosterImport.month.desc())
        .limit(2)
    )
    return [
        SideRow(
            f"{row.month.month}月名册",
            link=Link("预览待确认", f"{paths.ROSTERS}/{row.id}"),
            second=(
                f"新增 {row.counts.get('new', 0)}",
                f"变更 {row.counts.get('changed', 0)}",
                f"拒绝 {row.counts.get('rejected', 0)}",
            ),
        )
        for row in session.execute(statement)
    ]


def _letters_under_way(session: UnitSession, scheme: str) -> Any:
    """Return the figures of the letters not delivered yet, and of the refusals among them."""
    refusal = Notice.kind == "refusal"
    statement = select(
        func.count().filter(refusal).label("refusals"),
        func.min(Notice.due_on).filter(refusal).label("first"),
        func.count().filter(Notice.state == "rendered").label("to_print"),
        func.count().filter(Notice.state == "printed").label("out"),
    ).where(Notice.scheme == scheme, Notice.state.in_(("queued", "rendered", "printed")))
    return session.execute(statement).one()


def _unsent_refusals(scheme: str) -> str:
    return paths.with_query(paths.NOTICES, scheme=kept(scheme), status="unsent", kind="refusal")


def _refusals(row: Any, scheme: str, today: date) -> list[SideRow]:
    if not row.refusals or row.first is None:
        return []
    pressing = row.first <= today
    when = "今天到期" if row.first == today else f"最早 {row.first.month}月{row.first.day}日"
    words = f"{when}，{row.refusals} 份" if row.first >= today else f"已过期，{row.refusals} 份"
    return [
        SideRow(
            "拒付说明",
            words if pressing else "",
            None if pressing else Link(words, _unsent_refusals(scheme)),
            second=("决定后 3 日内必须发出",),
            shape="triangle" if pressing else "",
            tone="amber" if pressing else "",
        )
    ]


def _to_pay(row: _Figures, scheme: str) -> list[SideRow]:
    found = []
    if row.approved:
        found.append(
            SideRow(
                "待付款",
                link=Link(f"{row.approved} 笔", paths.with_query(paths.BATCHES, scheme=kept(scheme))),
                second=(f"￥{display(int(row.sum))}", f"同意后 {PAYMENT_DAYS} 日内付"),
            )
        )
    if row.bounced:
        href = paths.with_query(paths.CASES, scheme=kept(scheme), status=State.BOUNCED.value)
        found.append(SideRow("退汇", link=Link(f"{row.bounced} 笔", href), after="，改好收款信息后重付"))
    return found


def _batches(session: UnitSession, scheme: str) -> list[SideRow]:
    waiting = (
        select(func.count())
        .where(PaymentInstruction.batch_id == PaymentBatch.id, PaymentInstruction.state == "sent")
        .scalar_subquery()
    )
    statement = (
        select(PaymentBatch.number, PaymentBatch.state, PaymentBatch.count, PaymentBatch.total_fen, waiting)
        .where(PaymentBatch.scheme == scheme, PaymentBatch.state.in_(("open", "filed")))
        .order_by(PaymentBatch.made_at.desc())
        .limit(3)
    )
    return [
        SideRow(
            "付款批次",
            link=Link(number, paths.batch_href(number)),
            after=" 待放行" if state == "open" else " 等银行回盘",
            second=(f"{count} 笔", f"￥{display(total)}", f"{left} 笔没有结果" if left else ""),
        )
        for number, state, count, total, left in session.execute(statement)
    ]


def _letters(row: Any, scheme: str) -> list[SideRow]:
    if not row.to_print and not row.out:
        return []
    return [
        SideRow(
            "通知书",
            link=Link(
                f"{row.to_print} 份待打印",
                paths.with_query(paths.NOTICES, scheme=kept(scheme), status="rendered"),
            ),
            after=f"，回执未回 {row.out} 份",
        )
    ]
