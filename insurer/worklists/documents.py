"""材料: the papers of a case beside the settlement sheet that is read from them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import CALCULABLE, WORDS, State
from insurer.claims.operations.counter import CHANNEL, Draft, draft_of_case
from insurer.claims.operations.duplicates import DuplicateHit, filed_before, paper_word
from insurer.claims.paper_files.kinds import ACCEPTED_ENDINGS, SHOWN_INLINE
from insurer.claims.rules import OTHER_PAPER, missing_papers, needed_papers, paper_list
from insurer.claims.tables import Claim, FeeLine, Paper, RemovedPaper, Settlement
from insurer.kernel.errors import NotFound
from insurer.kernel.money import display, parse_yuan
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import StoredFile
from insurer.worklists.case_bar import bar_of, case_id, find_case
from insurer.worklists.paper_view import sheet_of
from insurer.worklists.settlement_sheet import Notes, agreement, entry_groups, values_of
from insurer.worklists.views import documents as views
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Banner, Choice, Link, Trouble
from insurer.worklists.views.intake import Hit


def load_documents(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    paper: str = "",
    page: str = "",
    zoom: str = "",
    turn: str = "",
    typed: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> views.DocumentsPage:
    """Return the page with one paper open; ``paper`` is its place in the list.

    ``typed`` is what somebody filled in and could not save; without it one's own draft is shown.
    """
    found = find_case(session, number)
    claim = found.claim
    rows = papers_of(session, claim.id)
    place = int(paper) if paper.isdecimal() and 1 <= int(paper) <= len(rows) else _first(rows)
    settlement = current_settlement(session, claim.id)
    facts: Mapping[str, Any] = settlement.facts if settlement else {}
    state = State(claim.state)
    may_add = state in CALCULABLE and holds(actor, "claims.accept")
    editable = (
        bool(facts) and state in CALCULABLE and claim.channel == CHANNEL and holds(actor, "claims.register")
    )
    draft = draft_of_case(session, actor=actor, claim_id=claim.id) if editable and typed is None else None
    values = _values(facts, typed, draft)
    wrong = {trouble.field: trouble.message for trouble in troubles if trouble.field}
    groups = (
        entry_groups(
            values,
            editable=editable,
            wrong=wrong,
            notes=_notes(rows, facts),
            locked=frozenset({"setl_id", "bill_total"}),
        )
        if facts
        else ()
    )
    words, agrees = agreement(groups)
    base = paths.case_href(number, "documents")
    return views.DocumentsPage(
        bar=bar_of(found, part="材料", actor=actor, today=today),
        papers=tuple(
            _paper(row, position, position == place, base) for position, (row, _) in enumerate(rows, 1)
        ),
        sheet=sheet_of(rows, place, base, page, zoom, turn) if place else None,
        groups=groups,
        agreement=words,
        agrees=agrees,
        saved_at=draft.updated_at if draft else None,
        version=str(claim.version),
        save_href=base,
        upload_href=paths.case_href(number, "papers") if may_add else "",
        troubles=troubles,
        may_edit=editable,
        read_only_note="" if editable or not facts else _why_read_only(claim, state),
        may_check=may_add and bool(rows),
        paper=str(place or ""),
        said=_said(rows[place - 1][0], facts) if place else (),
        remove_action=f"{base}/{rows[place - 1][0].id}/remove" if place and may_add else "",
        needed=_needed(claim, facts, {row.kind for row, _ in rows}),
        removed=_removed(session, claim.id),
    )


def _values(
    facts: Mapping[str, Any], typed: Mapping[str, str] | None, draft: Draft | None
) -> Mapping[str, str]:
    stored = values_of(facts)
    if typed is not None:
        return {**stored, **typed}
    return {**stored, **draft.values} if draft is not None else stored


def _why_read_only(claim: Claim, state: State) -> str:
    if claim.channel != CHANNEL:
        return "按收到的结算记录显示，更正由结算系统重发"
    return "已经送出或决定，不能再改" if state not in CALCULABLE else "您的岗位只能看"


def current_settlement(session: UnitSession, claim_id: UUID) -> Settlement | None:
    """Return the settlement that a case is about now."""
    return session.scalar(
        select(Settlement)
        .where(
            Settlement.claim_id == claim_id, Settlement.superseded_at.is_(None), Settlement.reverses.is_(None)
        )
        .order_by(Settlement.settled_on, Settlement.id)
        .limit(1)
    )


def current_lines(session: UnitSession, settlement_id: UUID) -> list[dict[str, str]]:
    """Return the fee lines of a settlement as the record wants them."""
    rows = select(FeeLine.facts).where(FeeLine.settlement_id == settlement_id).order_by(FeeLine.line_no)
    return [{key: str(value) for key, value in facts.items()} for facts in session.scalars(rows)]


def papers_of(session: UnitSession, claim_id: UUID) -> list[tuple[Paper, str]]:
    """Return the papers of a case with their media types, in the order of the list of papers."""
    statement = (
        select(Paper, StoredFile.mime)
        .outerjoin(StoredFile, StoredFile.sha256 == Paper.sha256)
        .where(Paper.claim_id == claim_id)
        .order_by(Paper.received_at, Paper.id)
    )
    order = {kind: place for place, kind in enumerate(paper_list().kinds)}
    rows = [(paper, mime or "") for paper, mime in session.execute(statement)]
    return sorted(rows, key=lambda row: order.get(row[0].kind, len(order)))


def _first(rows: Sequence[tuple[Paper, str]]) -> int:
    """Return the place of the paper to open: the settlement sheet, else the first with an original."""
    with_file = [place for place, (row, _) in enumerate(rows, 1) if row.sha256]
    sheets = [place for place in with_file if rows[place - 1][0].kind == "settlement_sheet"]
    return (sheets or with_file or [1])[0] if rows else 0


def following(session: UnitSession, number: str, paper: str) -> int:
    """Return the place of the paper to read next: the first unread one after this, else the next."""
    rows = papers_of(session, case_id(session, number))
    at = int(paper) if paper.isdecimal() else 0
    later = [place for place, (row, _) in enumerate(rows, 1) if place > at and not row.checked_at]
    earlier = [place for place, (row, _) in enumerate(rows, 1) if place < at and not row.checked_at]
    return (later or earlier or [min(at + 1, len(rows))])[0]


def paper_at(session: UnitSession, number: str, paper: str) -> UUID | None:
    """Return the id of the paper at a place of the list."""
    rows = papers_of(session, case_id(session, number))
    return rows[int(paper) - 1][0].id if paper.isdecimal() and 1 <= int(paper) <= len(rows) else None


def _paper(row: Paper, place: int, current: bool, base: str) -> views.Paper:
    read = "已核" if row.checked_at else ("未看" if row.sha256 else "只登记")
    state = "正在看" if current else read
    return views.Paper(place, paper_word(row.kind), row.pages, state, f"{base}?paper={place}", current)


def _notes(rows: Sequence[tuple[Paper, str]], facts: Mapping[str, Any]) -> Notes:
    """Return what electronic invoices say beside the fields that they disagree with."""
    notes: dict[str, tuple[str, str]] = {}
    for row, _ in rows:
        for one in _said(row, facts):
            if one.field and not one.agrees:
                notes[one.field] = (f"票据写 {one.said}", "amber")
    return notes


def _said(row: Paper, facts: Mapping[str, Any]) -> tuple[views.Said, ...]:
    """Compare what an electronic invoice says with what was entered."""
    invoice = row.invoice
    if not invoice or not facts:
        return ()
    entered = facts.get("invoice") or {}
    found = []
    for field, label in (("bill_code", "票据代码"), ("bill_no", "票据号码"), ("check_code", "校验码")):
        said, mine = str(invoice.get(field, "")), str(entered.get(field, ""))
        if said:
            found.append(views.Said(field, label, said, mine or "没有写", said.lower() == mine.lower()))
    if invoice.get("total"):
        total, billed = (parse_yuan(str(value)) for value in (facts["medfee_sumamt"], invoice["total"]))
        agrees = total == billed
        found.append(views.Said("medfee_sumamt", "金额", display(billed), display(total), agrees))
    if invoice.get("hospital"):
        mine = str((facts.get("fixmedins") or {}).get("name", ""))
        said = str(invoice["hospital"])
        found.append(views.Said("hospital", "收款单位", said, mine or "没有写", not mine or mine == said))
    if "payer_agrees" in invoice:
        same = bool(invoice["payer_agrees"])
        found.append(views.Said("", "交款人", "本人" if same else "不是这个人", "本人", same))
    if invoice.get("issued_on"):
        mine = str(facts.get("setl_time", ""))[:10]
        said = str(invoice["issued_on"])
        found.append(views.Said("setl_time", "开票日期", said, f"结算 {mine}", said == mine))
    return tuple(found)


def _needed(claim: Claim, facts: Mapping[str, Any], received: set[str]) -> tuple[tuple[str, str, str], ...]:
    """Return the papers that are still missing: word, what may replace it, the clause."""
    if not facts:
        return ()
    kinds = paper_list().kinds
    clauses = dict(needed_papers(claim.visit, facts))
    return tuple(
        (kinds[code].word, kinds[code].substitute, clauses[code])
        for code in missing_papers(claim.visit, facts, received)
    )


def _removed(session: UnitSession, claim_id: UUID) -> tuple[views.Removed, ...]:
    rows = session.scalars(
        select(RemovedPaper).where(RemovedPaper.claim_id == claim_id).order_by(RemovedPaper.removed_at.desc())
    )
    return tuple(
        views.Removed(paper_word(row.kind), row.reason, row.removed_by_name, row.removed_at) for row in rows
    )


def paper_file(session: UnitSession, *, number: str, paper_id: UUID) -> tuple[str, str, str]:
    """Return hash, kind and name of a paper's file; :class:`NotFound` when the case has no such file."""
    row = session.execute(
        select(Paper.sha256, StoredFile.mime, Paper.kind)
        .join(Claim, Claim.id == Paper.claim_id)
        .join(StoredFile, StoredFile.sha256 == Paper.sha256)
        .where(Paper.id == paper_id, Claim.case_no == number)
    ).one_or_none()
    if row is None or row.sha256 is None:
        raise NotFound("没有这份材料的原件。请添加材料，或发补件通知")
    mime = row.mime if row.mime in SHOWN_INLINE else "application/octet-stream"
    return row.sha256, mime, f"{number}-{paper_word(row.kind)}"


def load_asking(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    chosen: Sequence[str] | None = None,
    reason: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> views.AskPapersPage:
    """Return the page that asks for missing papers: what is missing is chosen beforehand.

    A form that comes back keeps what was ``chosen`` and the ``reason``.
    """
    found = find_case(session, number)
    kinds = {paper.kind for paper, _ in papers_of(session, found.claim.id)}
    settlement = current_settlement(session, found.claim.id)
    facts = settlement.facts if settlement else {}
    lacking = set(missing_papers(found.claim.visit, facts, kinds) if chosen is None else chosen)
    return views.AskPapersPage(
        bar=bar_of(found, part="材料", actor=actor, today=today),
        choices=tuple(
            Choice(
                code,
                (f"{kind.word}：{kind.why}" if kind.why else kind.word)
                + ("（已收到）" if code in kinds and code != OTHER_PAPER else ""),
                code in lacking,
            )
            for code, kind in paper_list().asked_for.items()
        ),
        action=paths.case_href(number, "ask"),
        version=str(found.claim.version),
        reason=reason,
        troubles=troubles,
    )


def load_adding(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    kind: str = "",
    troubles: tuple[Trouble, ...] = (),
    taken: Sequence[str] = (),
    hits: Sequence[DuplicateHit] = (),
    reason: str = "",
) -> views.AddPapersPage:
    """Return the page on which papers are handed in; ``kind`` is the one that was chosen."""
    found = find_case(session, number)
    settlement = current_settlement(session, found.claim.id)
    received = {paper.kind for paper, _ in papers_of(session, found.claim.id)}
    return views.AddPapersPage(
        bar=bar_of(found, part="材料", actor=actor, today=today),
        kinds=tuple(Choice(code, one.word, code == kind) for code, one in paper_list().kinds.items()),
        action=paths.case_href(number, "papers"),
        troubles=troubles,
        accept=",".join(ACCEPTED_ENDINGS),
        taken=tuple(taken),
        hits=tuple(hits_of(hits)),
        reason=reason,
        needed=_needed(found.claim, settlement.facts if settlement else {}, received),
    )


def filed_before_banners(session: UnitSession, claim: Claim) -> tuple[Banner, ...]:
    """Say of each earlier case that carried this invoice and ended unpaid where it stands."""
    return tuple(
        Banner(
            "note",
            "以前交过。",
            f"{hit.words}那时为什么没有付，先看一眼。",
            Link(f"看 {hit.case_no}", paths.case_href(hit.case_no)),
        )
        for hit in filed_before(session, claim)
    )


def hits_of(hits: Sequence[DuplicateHit]) -> list[Hit]:
    """Return what came before, each with the way to its case and where that stands."""
    return [
        Hit(
            hit.words,
            Link(f"看 {hit.case_no}", paths.case_href(hit.case_no, "documents")),
            WORDS[State(hit.state)].word,
        )
        for hit in hits
    ]
