"""For who saves second: what stood there when the page was opened, what was saved since, what was typed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.claims.lifecycle import EDITABLE, TABLE, WORDS, Action, State
from insurer.claims.operations.findings import FINDINGS
from insurer.claims.rules import paper_list
from insurer.claims.tables import Claim, Decision, DecisionStep, FeeLine, PaperRequest
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.errors import NotFound
from insurer.kernel.money import display
from insurer.platform.audit import AuditEntry
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import shown_amount
from insurer.worklists.views import paths
from insurer.worklists.views.refusals import ConflictPage, ConflictRow

Form = Mapping[str, Sequence[str]]

_STEPS: Final = {
    "proposed": "送复核",
    "approved": "同意给付",
    "refused": "同意拒付",
    "sent_back": "退回初审",
    "recalled": "撤回决定",
}
_CHOICES: Final = {"propose": "送复核", "approve": "同意", "send_back": "退回初审", "recall": "撤回决定"}
_DECIDES: Final[dict[str, tuple[Action, ...]]] = {
    "propose": (Action.PROPOSE,),
    "approve": (Action.APPROVE, Action.REFUSE),
    "send_back": (Action.SEND_BACK,),
    "recall": (Action.RECALL,),
}
_FINDING_WORDS: Final = {
    **FINDINGS,
    "automatic": "按自动核对",
    "covered": "可赔",
    "excluded": "不予支付",
    "review": "待核",
}
GUARDS: Final = frozenset({"csrf_token", "form_key", "version", "opened", "kept"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: as it was when the page was opened, as it is now, and the words for its values."""

    name: str
    label: str
    opened: str
    stored: str
    words: Mapping[str, str]
    chosen: bool = True
    """The page lets one choose between the two; otherwise both are only shown, and the form keeps its own."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the form says about the page it stood on."""

    at: datetime | None
    status: str
    amount: str


def read_opened(text: str) -> Opened:
    """Read the hidden field of a form; it comes back from a browser, so that nothing rests on it."""
    try:
        found = json.loads(text[:500])
        at = datetime.fromisoformat(str(found["at"]))
        return Opened(at if at.tzinfo else None, str(found["status"])[:20], str(found["amount"])[:20])
    except (ValueError, TypeError, KeyError, RecursionError):
        return Opened(None, "", "")


def load_conflict(
    session: UnitSession, *, number: str, part: str, form: Form, opened: str, action: str
) -> ConflictPage:
    """Return the page; ``part`` is the last part of the form's address, which tells what it is about."""
    claim = session.scalar(select(Claim).where(Claim.case_no == number[:40]))
    if claim is None:
        raise NotFound("没有这个案件。请核对案件号，或从搜索进入")
    before = read_opened(opened)
    since = _since(session, claim.id, before.at)
    last = next((entry for entry in since if entry.actor_kind == "staff"), since[0] if since else None)
    fields = _FIELDS.get(part, _plain)(session, claim, form, since)
    rows, same, chosen = [], 0, []
    for field in fields:
        mine = ",".join(form.get(field.name, ()))
        if mine == field.stored:
            same += 1
            chosen.append((field.name, mine))
            continue
        said = [_word(field, value) for value in (field.opened, field.stored, mine)]
        name = field.name if field.chosen else ""
        rows.append(ConflictRow(name, field.label, said[0], said[1], said[2], field.stored, mine))
        if not field.chosen:
            chosen.append((field.name, mine))
    facts = _facts(claim, before)
    handled = {field.name for field in fields} | GUARDS
    kept = [(name, value) for name, values in form.items() if name not in handled for value in values]
    return ConflictPage(
        who=(last.actor_name or "系统") if last else "有人",
        when=f"{last.at.astimezone(SHANGHAI):%H:%M}" if last else "刚刚",
        number=number,
        action=action,
        version=str(claim.version),
        rows=tuple([row for row in facts if row.opened != row.stored] + rows),
        same=same,
        discard_href=_page_of(number, part, form),
        timeline_href=paths.case_href(number, "timeline"),
        kept=tuple(kept + chosen),
        possible=_possible(claim, part, form),
        mine="\n".join(f"{row.label}：{row.mine}" for row in rows if row.mine),
    )


def _since(session: UnitSession, claim_id: UUID, at: datetime | None) -> Sequence[AuditEntry]:
    statement = select(AuditEntry).where(AuditEntry.claim_id == claim_id)
    if at is not None:
        statement = statement.where(AuditEntry.at >= at)
    return session.scalars(statement.order_by(AuditEntry.seq.desc()).limit(50)).all()


def _word(field: Field, value: str) -> str:
    return "、".join(field.words.get(part, part) for part in value.split(",")) if field.words else value


def _facts(claim: Claim, before: Opened) -> list[ConflictRow]:
    """Return what is shown for comparison and cannot be chosen: the state and the amount of the case."""
    state = State(claim.state)
    amount = shown_amount(state, claim.benefit_fen)
    now = (WORDS[state].word, display(amount) if amount is not None else "—")
    return [
        ConflictRow("", "状态", before.status or now[0], now[0], ""),
        ConflictRow("", "应付（元）", before.amount or now[1], now[1], ""),
    ]


def _possible(claim: Claim, part: str, form: Form) -> str:
    """Return why what was asked cannot be done any more; empty when it can."""
    state = State(claim.state)
    asked: tuple[Action, ...] = ()
    choice = (form.get("decision") or form.get("action") or ("",))[0]
    if part == "decision":
        asked = _DECIDES.get(choice, ())
    elif part == "step" and choice in set(Action):
        asked = (Action(choice),)
    elif part == "ask":
        asked = (Action.REQUEST_PAPERS,)
    elif part == "findings":
        return "" if state in EDITABLE else f"案件现在是“{WORDS[state].word}”，不能再改判费用"
    if not asked or any((state, action) in TABLE for action in asked):
        return ""
    word = next(found.word for (_, action), found in TABLE.items() if action in asked)
    return f"案件现在是“{WORDS[state].word}”，不能再“{word}”"


def _page_of(number: str, part: str, form: Form) -> str:
    page = {"step": "", "findings": "calculation", "take-over": ""}.get(part, part)
    line = (form.get("line") or ("",))[0]
    suffix = f"?line={line}" if part == "findings" and line.isdecimal() else ""
    return paths.case_href(number, page) + suffix


def _finding_fields(
    session: UnitSession, claim: Claim, form: Form, since: Sequence[AuditEntry]
) -> list[Field]:
    try:
        line = session.get(FeeLine, UUID((form.get("line_id") or ("",))[0]))
    except ValueError:
        line = None
    if line is None:
        return _plain(session, claim, form, since)
    changes = [
        entry
        for entry in since
        if entry.tag == "claim:line:found" and entry.data.get("line_no") == line.line_no
    ]
    stored = line.finding or "automatic"
    opened = str(changes[-1].data.get("before")) if changes else stored
    earlier = opened if opened in FINDINGS else "automatic"
    reason = "" if changes else line.finding_reason
    return [
        Field("finding", f"第 {line.line_no} 行怎么判", earlier, stored, _FINDING_WORDS),
        Field("reason", "理由", reason, line.finding_reason, {}),
    ]


def _decision_fields(
    session: UnitSession, claim: Claim, form: Form, since: Sequence[AuditEntry]
) -> list[Field]:
    step = session.scalars(
        select(DecisionStep)
        .join(Decision, Decision.id == DecisionStep.decision_id)
        .where(Decision.claim_id == claim.id)
        .order_by(DecisionStep.at.desc(), DecisionStep.id.desc())
        .limit(1)
    ).first()
    signed = step is not None and any(entry.at <= step.at for entry in since[-1:])
    stored = step.opinion if step is not None and signed else ""
    done = _STEPS.get(step.step, "") if step is not None and signed else ""
    found = [Field("opinion", "意见", "", stored, {})]
    if done:  # it is done already: there is nothing to choose, only to see
        found.insert(0, Field("decision", "结论", "", done, _CHOICES, chosen=False))
    return found


def _ask_fields(session: UnitSession, claim: Claim, form: Form, since: Sequence[AuditEntry]) -> list[Field]:
    items = session.scalar(
        select(PaperRequest.items).where(
            PaperRequest.claim_id == claim.id, PaperRequest.answered_on.is_(None)
        )
    )
    words = {code: kind.word for code, kind in paper_list().kinds.items()}
    stored = ",".join(str(one.get("kind") if isinstance(one, dict) else one) for one in items or ())
    reason = next((entry.reason for entry in since if entry.reason), "")
    return [
        Field("kinds", "要补的材料", "", stored, words),
        Field("reason", "补充说明", "", reason, {}),
    ]


def _plain(session: UnitSession, claim: Claim, form: Form, since: Sequence[AuditEntry]) -> list[Field]:
    """Compare the sentences of any other form with what the other one wrote last."""
    reason = next((entry.reason for entry in since if entry.reason), "")
    return [
        Field(name, label, "", reason, {})
        for name, label in (("reason", "原因"), ("opinion", "意见"))
        if name in form
    ]


_FIELDS: Final[dict[str, Callable[[UnitSession, Claim, Form, Sequence[AuditEntry]], list[Field]]]] = {
    "findings": _finding_fields,
    "decision": _decision_fields,
    "ask": _ask_fields,
}
