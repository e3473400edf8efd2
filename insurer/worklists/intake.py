"""收件登记: who it is for, the sheet as it stands, what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from insurer.claims.lifecycle import WORDS, State
from insurer.claims.operations.counter import Draft, open_draft, own_drafts
from insurer.claims.operations.duplicates import DuplicateHit, paper_word
from insurer.claims.record_fields import day_from_text
from insurer.claims.rules import missing_papers, needed_papers, paper_list, visit_kind
from insurer.claims.sheet_fields import APPLICANT_WORDS, PAYERS
from insurer.claims.sheet_lines import PLAIN_ORDER
from insurer.claims.tables import Claim
from insurer.kernel.errors import NotFound
from insurer.people.queries import PersonView, cover_periods, covered_on, person_views, roster_facts
from insurer.people.rules import NANTONG
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import GENDERS, age_of, find_case, shown_amount
from insurer.worklists.documents import current_settlement, filed_before_banners, hits_of, papers_of
from insurer.worklists.pasted_lines import load_pasted
from insurer.worklists.persons import look_for
from insurer.worklists.programmes import kept
from insurer.worklists.settlement_sheet import entry_groups
from insurer.worklists.views import intake as views
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Link, Trouble

LINE_HEADS: Final = (
    ("medins_list_name", "项目名称"),
    ("pric", "单价"),
    ("cnt", "数量"),
    ("det_item_fee_sumamt", "金额"),
    ("chrgitm_lv", "甲乙丙"),
    ("fulamt_ownpay_amt", "自费"),
)
MOST_ROWS: Final = 40
_REASONS: Final = {
    "december_roster": "上年 12 月在册",
    "approved_in_year": "当年批准",
    "first_listed": "当年新列入名册",
}


def load_start(
    session: UnitSession, *, actor: Actor, scheme: str, asked: str, today: date
) -> views.IntakeStart:
    """Return the start page: people found, each leading to a sheet, and one's own drafts."""
    people = look_for(session, scheme=scheme, asked=asked, today=today)
    sheet = f"{paths.INTAKE}/sheet"
    rows = tuple(
        replace(row, href=paths.with_query(sheet, person=row.href.rpartition("/")[2], scheme=kept(scheme)))
        for row in people.rows
    )
    drafts = own_drafts(session, actor=actor, scheme=scheme)
    names = person_views(session, [draft.person_id for draft in drafts if draft.person_id])
    return views.IntakeStart(
        asked=people.asked,
        rows=rows,
        note=people.note,
        drafts=tuple(
            views.DraftRow(
                paths.with_query(sheet, draft=str(draft.id)),
                names[draft.person_id].name
                if draft.person_id in names
                else draft.values.get("psn_name") or "没有写姓名",
                draft.values.get("hospital", ""),
                draft.updated_at,
            )
            for draft in drafts
        ),
        find_action=paths.with_query(f"{paths.INTAKE}/find", scheme=kept(scheme)),
        stranger_href=paths.with_query(sheet, scheme=kept(scheme)),
        files_href=paths.with_query(f"{paths.INTAKE}/files", scheme=kept(scheme)),
    )


def load_entry(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    today: date,
    values: Mapping[str, str],
    draft: Draft | None = None,
    troubles: Sequence[Trouble] = (),
    hits: Sequence[DuplicateHit] = (),
    checked: str = "",
    code_note: str = "",
) -> views.EntryPage:
    """Return the sheet with what was typed; nothing here is written."""
    person = _person(session, values.get("person", ""))
    wrong = {trouble.field: trouble.message for trouble in troubles if trouble.field}
    groups = entry_groups(values, editable=True, wrong=wrong)
    basic, costs, paid, invoice, later, care, others = groups
    facts = _facts_typed(values)
    needed = dict(needed_papers(visit_kind(values.get("med_type", "")), facts))
    ticks = [_tick(code, values, code in needed) for code in paper_list().kinds]
    received = {tick.code for tick in ticks if tick.ticked}
    lacking = missing_papers(visit_kind(values.get("med_type", "")), facts, received)
    return views.EntryPage(
        whose=_whose(person, values, wrong, today),
        values=values,
        left=(basic, care, invoice),
        right=(costs, paid, others, later),
        line_rows=_typed_rows(values),
        line_fields=LINE_HEADS,
        pasted=load_pasted(values),
        papers=tuple(tick for tick in ticks if tick.needed),
        other_papers=tuple(tick for tick in ticks if not tick.needed),
        lacking="、".join(paper_list().kinds[code].word for code in lacking),
        applicants=tuple(
            Choice(value, word, value == values.get("applicant", "self")) for value, word in APPLICANT_WORDS
        ),
        cover=_cover(session, scheme, person, values, today),
        action=paths.with_query(f"{paths.INTAKE}/sheet", scheme=kept(scheme)),
        draft=str(draft.id) if draft else values.get("draft", ""),
        saved_at=draft.updated_at if draft else None,
        troubles=tuple(troubles),
        wrong=wrong,
        hits=tuple(hits_of(hits)),
        may_confirm=all(hit.how != "settlement" for hit in hits),
        checked=checked,
        code_note=code_note,
    )


def _person(session: UnitSession, text: str) -> PersonView | None:
    try:
        wanted = UUID(text)
    except ValueError:
        return None
    found = person_views(session, [wanted]).get(wanted)
    if found is None:
        raise NotFound("没有这个人。请从收件登记再找一次")
    return found


def _whose(
    person: PersonView | None, values: Mapping[str, str], wrong: Mapping[str, str], today: date
) -> views.Whose:
    if person is None:
        return views.Whose("", values.get("psn_name", ""), values.get("certno", ""), "", "", wrong)
    age = age_of(person.born_on, today)
    about = "，".join(
        part for part in (GENDERS.get(person.gender, ""), f"{age}岁" if age is not None else "") if part
    )
    if person.died_on:
        about += f"，{person.died_on} 去世"
    return views.Whose(str(person.id), person.name, person.certno_mask, about, f"{paths.PEOPLE}/{person.id}")


def _facts_typed(values: Mapping[str, str]) -> dict[str, Any]:
    """Return what the list of papers depends on."""
    settled = _day(values.get("setl_time", ""))
    return {
        "setl_time": settled.isoformat() if settled else "",
        "med_type": values.get("med_type", ""),
        "dual_channel": values.get("dual_channel") == "1",
        "later_payers": [{"payer": payer} for payer in PAYERS if values.get(payer) in ("paid", "pending")],
        "referral": values.get("referral", ""),
        "third_party": values.get("third_party", ""),
        "applicant": values.get("applicant", ""),
    }


def _tick(code: str, values: Mapping[str, str], needed: bool) -> views.PaperTick:
    kind = paper_list().kinds[code]
    return views.PaperTick(
        code=code,
        word=kind.word,
        needed=needed,
        why=kind.why,
        instead=kind.substitute,
        ticked=values.get(f"paper_{code}") == "1",
        pages=values.get(f"pages_{code}") or "1",
        form=values.get(f"form_{code}") or "original",
    )


def _typed_rows(values: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    rows = [tuple(values.get(f"line_{row}_{field}", "") for field in PLAIN_ORDER) for row in range(MOST_ROWS)]
    filled = max((place for place, row in enumerate(rows, 1) if any(row)), default=0)
    return tuple(rows[: min(MOST_ROWS, max(3, filled + 2))])


def _day(text: str) -> date | None:
    try:
        return day_from_text(text.strip()) if text.strip() else None
    except (ValueError, OverflowError):
        return None


def _cover(
    session: UnitSession, scheme: str, person: PersonView | None, values: Mapping[str, str], today: date
) -> views.CoverAnswer:
    """Say at once whether somebody is covered on the day of the settlement, with the row that says so."""
    if person is None:
        return views.CoverAnswer(
            "amber", "triangle", "没有从名册里选人", "登记照办；名册里没有的，核算会按“不在保”处理。"
        )
    typed = _day(values.get("setl_time", ""))
    day = typed or today
    said = f"结算日期 {day}" if typed else f"先按今天 {day} 看"
    link = Link("看这个人", f"{paths.PEOPLE}/{person.id}")
    facts = [fact for fact in roster_facts(session, [person.id]) if fact.month <= day]
    if scheme == NANTONG:
        if not facts:
            return views.CoverAnswer("amber", "triangle", "那时的名册里没有", f"{said}。", link)
        newest = facts[-1]
        words = f"{newest.month.year}年{newest.month.month}月名册：{newest.category_word or newest.category}"
        where = f"{newest.filename} 第 {newest.row_no} 行"
        return views.CoverAnswer("green", "check", words, f"{said}。依据 {where}。", link)
    found = covered_on(session, person_id=person.id, day=day)
    if found is not None:
        text = f"在保：{found.year}年度，{found.from_on} 至 {found.until_on}"
        reason = (
            f"{said}。{_REASONS.get(found.reason, found.reason)}，{found.filename} 第 {found.row_no} 行。"
        )
        return views.CoverAnswer("green", "check", text, reason, link)
    others = cover_periods(session, [person.id])
    if others:
        spans = "；".join(f"{one.from_on} 至 {one.until_on}" for one in others[-3:])
        return views.CoverAnswer("red", "cross", "那天不在保", f"{said}。在保的日子：{spans}。", link)
    if facts:
        month = facts[-1].month
        reason = (
            f"{said}。最近在 {month.year}年{month.month}月名册，{facts[-1].category_word}，没有形成保障。"
        )
        return views.CoverAnswer("red", "cross", "那天不在保", reason, link)
    return views.CoverAnswer("red", "cross", "那天不在保", f"{said}。名册里没有这个人的记录。", link)


def typed_draft(session: UnitSession, *, actor: Actor, text: str) -> Draft | None:
    """Return the draft that a page names; ``None`` when it names none or the draft is finished."""
    try:
        return open_draft(session, actor=actor, draft_id=UUID(text)) if text else None
    except (ValueError, NotFound):
        return None


def load_done(session: UnitSession, *, actor: Actor, number: str, today: date) -> views.IntakeDone:
    """Return what became of a sheet."""
    found = find_case(session, number)
    claim: Claim = found.claim
    settlement = current_settlement(session, claim.id)
    papers = [paper for paper, _ in papers_of(session, claim.id)]
    kinds = paper_list().kinds
    lacking = missing_papers(
        claim.visit, settlement.facts if settlement else {}, {paper.kind for paper in papers}
    )
    state = State(claim.state)
    return views.IntakeDone(
        number=number,
        href=paths.case_href(number),
        name=found.person.name,
        amount=shown_amount(state, claim.benefit_fen),
        status=WORDS[state].word,
        hint=claim.hint,
        papers=tuple((paper_word(paper.kind), paper.pages) for paper in papers),
        lacking=tuple((kinds[code].word, kinds[code].substitute) for code in lacking),
        receipt_action=f"{paths.INTAKE}/done/{number}/receipt" if papers else "",
        upload_href=paths.case_href(number, "papers"),
        next_href=paths.with_query(paths.INTAKE, scheme=kept(claim.scheme)),
        filed_before=filed_before_banners(session, claim),
    )
