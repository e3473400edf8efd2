"""时间线: the audit entries of a case in the words of the desk, newest first."""

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import ROLE_WORDS
from insurer.accounts.tables import Staff
from insurer.claims.lifecycle import TABLE, WORDS, State
from insurer.claims.operations.duplicates import paper_word
from insurer.claims.operations.findings import FINDINGS
from insurer.claims.rules import paper_list
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.money import display, parse_yuan
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import bar_of, find_case
from insurer.worklists.views import paths
from insurer.worklists.views.case import Event, TimelinePage
from insurer.worklists.views.elements import Link

LIMIT: Final = 500
_PAPER_STEPS: Final = {"claim:paper:removed": "去掉材料", "claim:paper:checked": "核对材料"}
KINDS: Final = (("", "全部"), ("state", "办理"), ("money", "金额"), ("people", "由人做的"))

_ACTIONS: Final[dict[str, str]] = {action.value: found.word for (_, action), found in TABLE.items()}
_AUTOMATIC: Final = {"covered": "可赔", "excluded": "不予支付", "review": "待核", "automatic": "自动判定"}
_WORDS: Final[dict[str, str]] = {
    "claim:case:received": "收到结算，立案",
    "claim:case:calculated": "核算",
    "claim:case:assigned": "分派经办",
    "claim:case:taken_over": "接手办理",
    "claim:settlement:changed": "结算有更正",
    "claim:paper:added": "添加材料",
    "claim:duplicate:confirmed": "和以前收的一样，照样收下",
    "claim:sheet:corrected": "改结算单",
    "claim:approver:substituted": "换复核人",
    "claim:line:found": "判定费用",
    "notice:letter:issued": "制作通知书",
    "notice:letter:delivered": "通知书送达",
    "notice:letter:void": "通知书作废",
    "people:number:revealed": "看过完整证号",
}


def load_timeline(session: UnitSession, *, actor: Actor, number: str, kind: str, today: date) -> TimelinePage:
    """Return the time line of a case: three statements."""
    found = find_case(session, number)
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.claim_id == found.claim.id)
        .order_by(AuditEntry.seq.desc())
        .limit(LIMIT)
    ).all()
    roles = _roles(session, {entry.actor_id for entry in entries if entry.actor_kind == "staff"})
    kept = [entry for entry in entries if _is_kind(entry, kind)]
    events = [_event(entry, roles.get(entry.actor_id, ""), number) for entry in kept]
    days = tuple(
        (day, tuple(group)) for day, group in groupby(events, lambda one: one.at.astimezone(SHANGHAI).date())
    )
    base = paths.case_href(number, "timeline")
    return TimelinePage(
        bar=bar_of(found, part="时间线", actor=actor, today=today),
        days=days,
        kinds=tuple((text, paths.with_query(base, kind=key), key == kind) for key, text in KINDS),
    )


def _roles(session: UnitSession, staff: set[str]) -> dict[str, str]:
    rows = session.execute(select(Staff.id, Staff.roles).where(Staff.id.in_([UUID(one) for one in staff])))
    return {str(row.id): "、".join(ROLE_WORDS.get(role, "") for role in row.roles) for row in rows}


def _is_kind(entry: AuditEntry, kind: str) -> bool:
    if kind == "state":
        return entry.tag.startswith("claim:state:")
    if kind == "money":
        return "total" in entry.data or "benefit" in entry.data or "amount" in entry.data
    return entry.actor_kind != "system" if kind == "people" else True


def _event(entry: AuditEntry, role: str, number: str) -> Event:
    what, before, after = _said(entry.tag, entry.data)
    return Event(
        at=entry.at,
        who=entry.actor_name or "系统",
        role=role,
        what=what,
        before=before,
        after=after,
        link=_link(entry, number),
        note=entry.reason,
    )


def _said(tag: str, data: Mapping[str, Any]) -> tuple[str, str, str]:
    if tag.startswith("claim:state:"):
        word = _ACTIONS.get(str(data.get("action")), "办理")
        if data.get("papers"):
            kinds = paper_list().kinds
            word += "：" + "、".join(kinds[code].word for code in data["papers"] if code in kinds)
        if data.get("benefit"):
            word += f"，{_yuan(data['benefit'])} 元"
        elif data.get("amount"):
            word += f"，{_yuan(data['amount'])} 元"
        return word, _state(data.get("before")), _state(data.get("after"))
    if tag == "claim:line:found":
        before, after = (_finding(str(data.get(key))) for key in ("before", "after"))
        return f"判定第 {data.get('line_no')} 行", before, after
    if tag in ("claim:case:assigned", "claim:case:taken_over"):
        return _WORDS[tag], str(data.get("before") or ""), str(data.get("after") or "没有人")
    if tag == "claim:line:reported":
        return f"把第 {data.get('line_no')} 行的答案报给政策专员", "", ""
    if tag == "claim:case:calculated":
        return f"核算，应付 {_yuan(data.get('total'))} 元", "", ""
    if tag == "claim:paper:added":
        return f"添加材料 {data.get('papers', 1)} 份", "", ""
    if tag in _PAPER_STEPS:
        return f"{_PAPER_STEPS[tag]}：{'、'.join(paper_word(kind) for kind in data.get('kinds', ()))}", "", ""
    if tag == "claim:duplicate:confirmed":
        return f"{_WORDS[tag]}：{'、'.join(data.get('cases', ()))}", "", ""
    if tag == "claim:sheet:corrected":
        changes = data.get("changes", ())
        before = "；".join(f"{one['label']} {one['before']}" for one in changes)
        return _WORDS[tag], before, "；".join(f"{one['label']} {one['after']}" for one in changes)
    return _WORDS.get(tag, "办理"), "", ""


def _state(value: Any) -> str:
    return WORDS[State(value)].word if value in set(State) else ""


def _finding(value: str) -> str:
    return FINDINGS.get(value) or _AUTOMATIC.get(value, value)


def _yuan(value: Any) -> str:
    try:
        return display(parse_yuan(str(value)))
    except ValueError:
        return str(value)


def _link(entry: AuditEntry, number: str) -> Link | None:
    if entry.tag in ("claim:line:found", "claim:line:reported"):
        return Link("看这一行", paths.case_href(number, f"calculation#line-{entry.data.get('line_no')}"))
    if entry.tag == "claim:case:calculated":
        return Link("看核算", paths.case_href(number, "calculation"))
    if entry.data.get("batch"):
        return Link(str(entry.data["batch"]), paths.batch_href(str(entry.data["batch"])))
    if entry.tag.startswith("notice:"):
        return Link("看通知书", paths.case_href(number, "notices"))
    return None
