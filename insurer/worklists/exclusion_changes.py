"""Proposals with their effect, and the queue of reports, as pages."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Final

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import WORDS
from insurer.claims.list_effects import (
    MOST_BILLS,
    ChangedCase,
    benefit_after,
    changed_cases,
    effect_of_cases,
)
from insurer.exclusions.changes import LISTS, Change
from insurer.exclusions.editions import Edition
from insurer.exclusions.queries import (
    Proposal,
    Report,
    edition_in_force,
    ended_counts,
    proposal,
    proposals,
    report,
    reports,
    waiting_counts,
)
from insurer.exclusions.rules import Effect
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.exclusion_lists import (
    ANSWER_WORDS,
    TONES,
    line_href,
    propose_href,
    reported_line,
    tabs_of,
)
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, Moment, Paging, Trouble, ViewTab
from insurer.worklists.views.exclusions import (
    AffectedCase,
    AffectedLine,
    ChangePage,
    EffectSums,
    ProposalRow,
    ProposalsPage,
    ReportRow,
    ReportsPage,
)

PAGE: Final = 30

SHOWN_CASES: Final = 20
"""So many cases are listed with their lines and with what would be paid."""

_STATUS: Final[dict[str, str]] = {
    "": "等批准",
    "approved": "已批准",
    "declined": "已退回",
    "withdrawn": "已撤回",
}


def load_change(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    opinion: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> ChangePage:
    """Return a proposal: while it waits, with its effect on the bills of the last two years."""
    found = proposal(session, number)
    edition = edition_in_force(session)
    sums: EffectSums | None = None
    cases: tuple[AffectedCase, ...] = ()
    more = 0
    if not found.step:
        changed, complete = changed_cases(session, edition=edition, change=found.change, today=today)
        sums = _sums(effect_of_cases(changed, complete=complete))
        cases = _affected(session, actor, changed[:SHOWN_CASES], edition, found.change)
        more = max(0, len(changed) - SHOWN_CASES)
    elif found.effect is not None:
        sums = _sums(found.effect)
    own = actor.id == found.proposed_by
    waits = not found.step
    may_approve = waits and not own and holds(actor, "lists.approve")
    return ChangePage(
        tabs=tabs_of(session, "history" if found.step else "waiting"),
        number=found.number,
        heading=_heading(found.change),
        status=_STATUS[found.step],
        facts=_facts(found.change),
        people=_people(found, actor),
        effect=sums,
        effect_note="" if waits else "批准时看到的影响",
        cases=cases,
        more_cases=more,
        action=f"{paths.EXCLUSIONS}/changes/{found.number}",
        hash=edition.hash,
        may_approve=may_approve,
        may_withdraw=waits and own,
        refusal=_refusal(found, actor, own=own, may_approve=may_approve),
        opinion=opinion,
        troubles=troubles,
    )


def _refusal(found: Proposal, actor: Actor, *, own: bool, may_approve: bool) -> str:
    if found.step or may_approve:
        return ""
    if own:
        return "这条是您提出的，要由另一位政策专员或主管批准。"
    return "批准由政策专员或主管办理。" if not holds(actor, "lists.approve") else ""


def _heading(change: Change) -> str:
    if change.kind == "retire":
        return f"停用“{change.term}”"
    return f"新增“{change.term}”，判为{ANSWER_WORDS[change.answer]}"


def _facts(change: Change) -> tuple[tuple[str, str], ...]:
    until = f"到 {change.ends_on:%Y-%m-%d} 为止（不含那天）" if change.ends_on else "没有停止日期"
    facts = [("清单", LISTS.get(change.list_id, change.list_id))]
    if change.meaning:
        facts.append(("它是什么", change.meaning))
    return (
        *facts,
        ("依据", change.basis),
        ("哪天起", f"{change.starts_on:%Y-%m-%d}，按单据的结算日期，{until}"),
    )


def _people(found: Proposal, actor: Actor) -> tuple[Moment, ...]:
    proposed = Moment(
        "提出", found.proposed_by_name, found.proposed_at, is_reader=found.proposed_by == actor.id
    )
    word = {"": "批准", "approved": "批准", "declined": "退回", "withdrawn": "撤回"}[found.step]
    if not found.step:
        return proposed, Moment(word, note="等另一个人")
    return proposed, Moment(word, found.ended_by_name, found.ended_at, note=found.opinion)


def _sums(effect: Effect) -> EffectSums:
    counts = (
        ("不予支付", effect.to_excluded),
        ("待核", effect.to_review),
        ("可赔", effect.to_covered),
    )
    becomes = [f"变为{word} {count:,} 行" for word, count in counts if count]
    if not effect.complete:
        becomes.append(f"只看了最近 {MOST_BILLS:,} 张单据")
    return EffectSums(effect.lines, effect.cases, effect.open_cases, effect.fen, tuple(becomes))


def _affected(
    session: UnitSession, actor: Actor, cases: list[ChangedCase], edition: Edition, change: Change
) -> tuple[AffectedCase, ...]:
    money = benefit_after(session, [case.claim_id for case in cases], edition=edition, change=change)
    found = []
    for case in cases:
        before, after = money.get(case.claim_id, (None, None))
        falls = change.starts_on <= case.settled_on and (
            change.ends_on is None or case.settled_on < change.ends_on
        )
        fate = (
            "批准后重算"
            if case.is_open and falls
            else "不动，结算在生效以前"
            if not falls
            else "不动，已经决定"
        )
        found.append(
            AffectedCase(
                number=Link(case.case_no, line_href(actor, case.case_no, case.lines[0].number)),
                hospital=case.hospital,
                settled_on=case.settled_on,
                status=WORDS[case.state].word,
                fate=fate,
                lines=tuple(
                    AffectedLine(
                        number=str(one.number),
                        name=one.name,
                        before=ANSWER_WORDS[one.before],
                        after=ANSWER_WORDS[one.after],
                        after_tone=TONES[one.after],
                        amount=one.amount_fen,
                        note="有人工判定，照判定" if one.judged else "",
                        href=line_href(actor, case.case_no, one.number),
                    )
                    for one in case.lines
                ),
                before=before,
                after=after,
            )
        )
    return tuple(found)


def load_proposals(
    session: UnitSession, *, actor: Actor, ended: bool, arguments: Mapping[str, str]
) -> ProposalsPage:
    """Return the proposals that wait, or those that ended, newest first.

    ``who=me`` leaves those that wait for the reader's own approval.
    """
    mine = not ended and arguments.get("who") == "me" and holds(actor, "lists.approve")
    not_by = actor.id if mine else ""
    total = (ended_counts(session) if ended else waiting_counts(session, not_by=not_by))[0]
    base = f"{paths.EXCLUSIONS}/history" if ended else f"{paths.EXCLUSIONS}/changes"
    page = _page(arguments, total)
    steps = ("approved", "declined", "withdrawn") if ended else ("",)
    found = proposals(session, steps=steps, not_by=not_by, limit=PAGE, offset=(page - 1) * PAGE)
    return ProposalsPage(
        tabs=tabs_of(session, "history" if ended else "waiting"),
        heading="已经办完的修改" if ended else "等批准的修改",
        empty="还没有办完的修改。" if ended else "没有等批准的修改。",
        rows=tuple(_row(one) for one in found),
        paging=_paging(total, page, base, who="me" if mine else ""),
        shown=(
            ViewTab("全部", base, None, not mine),
            ViewTab("等我批准", paths.with_query(base, who="me"), None, mine),
        )
        if not ended and holds(actor, "lists.approve")
        else (),
        propose_href=propose_href(actor),
    )


def _row(found: Proposal) -> ProposalRow:
    change, effect = found.change, found.effect
    ended = f"{found.ended_by_name}{'，' + found.opinion if found.opinion else ''}" if found.step else ""
    return ProposalRow(
        number=Link(found.number, f"{paths.EXCLUSIONS}/changes/{found.number}"),
        list_word=LISTS.get(change.list_id, change.list_id),
        what="停用" if change.kind == "retire" else "新增",
        term=change.term,
        answer=ANSWER_WORDS.get(change.answer, ""),
        starts_on=change.starts_on,
        by=found.proposed_by_name,
        at=found.proposed_at,
        status=_STATUS[found.step],
        ended=ended,
        effect=f"{effect.lines} 行，{effect.cases} 件" if effect is not None else "",
    )


def load_reports(
    session: UnitSession,
    *,
    actor: Actor,
    arguments: Mapping[str, str],
    reason: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> ReportsPage:
    """Return the queue of reports; ``decline`` in the address opens the form that closes one."""
    handled = arguments.get("show") == "handled"
    base = f"{paths.EXCLUSIONS}/reports"
    total = (ended_counts(session) if handled else waiting_counts(session))[1]
    page = _page(arguments, total)
    found = reports(session, waiting=not handled, limit=PAGE, offset=(page - 1) * PAGE)
    declining = _declining(session, arguments.get("decline", "")) if holds(actor, "lists.propose") else None
    return ReportsPage(
        tabs=tabs_of(session, "reports"),
        shown=(
            ViewTab("等处理", base, None, not handled),
            ViewTab("已处理", paths.with_query(base, show="handled"), None, handled),
        ),
        rows=tuple(_report_row(actor, one) for one in found),
        paging=_paging(total, page, base, show="handled" if handled else ""),
        declining=reported_line(declining, actor) if declining is not None else None,
        decline_action=f"{base}/{declining.row.id}/decline" if declining is not None else "",
        close_href=base,
        reason=reason,
        troubles=troubles,
    )


def _declining(session: UnitSession, text: str) -> Report | None:
    try:
        found = report(session, uuid.UUID(text)) if text else None
    except ValueError:
        return None
    return found if found is not None and not found.step else None


def _report_row(actor: Actor, found: Report) -> ReportRow:
    waits = not found.step and holds(actor, "lists.propose")
    line = reported_line(found, actor)
    outcome = ""
    if found.step == "declined":
        outcome = f"{found.ended_by_name}：不改，{found.reason}"
    elif found.step:
        outcome = f"{found.ended_by_name}：提出修改"
    number = found.change_number
    return ReportRow(
        line=line,
        propose_href=propose_href(actor, report=str(found.row.id)) if waits else "",
        decline_href=paths.with_query(f"{paths.EXCLUSIONS}/reports", decline=str(found.row.id))
        if waits
        else "",
        outcome=outcome,
        change=Link(number, f"{paths.EXCLUSIONS}/changes/{number}") if number else None,
    )


def _page(arguments: Mapping[str, str], total: int) -> int:
    text = arguments.get("page", "1")
    wanted = int(text) if text.isdigit() and len(text) < 6 else 1
    return max(1, min(wanted, (total - 1) // PAGE + 1))


def _paging(total: int, page: int, base: str, **kept: str) -> Paging:
    last = (total - 1) // PAGE + 1 if total else 1
    href = {one: paths.with_query(base, page=one if one > 1 else "", **kept) for one in (page - 1, page + 1)}
    return Paging(
        first=(page - 1) * PAGE + 1 if total else 0,
        last=min(total, page * PAGE),
        total=total,
        size=PAGE,
        unit="条",
        previous=href[page - 1] if page > 1 else "",
        next=href[page + 1] if page < last else "",
    )
