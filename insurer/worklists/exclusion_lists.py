"""除外清单 as pages: every list, the words of one, the form of a proposal."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from insurer.accounts.permissions import holds
from insurer.claims.operations.findings import FINDINGS
from insurer.exclusions.changes import ANSWERS, LISTS, Change, term_key
from insurer.exclusions.editions import EXCLUSIONS, Edition
from insurer.exclusions.herbs import HerbList
from insurer.exclusions.lexicon import Concept, WordList
from insurer.exclusions.queries import (
    Report,
    edition_in_force,
    in_force_on,
    proposals,
    report,
    waiting_counts,
)
from insurer.kernel.errors import NotFound
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.fee_lines import spoken_clause
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Link, Paging, Tag, Trouble, ViewTab
from insurer.worklists.views.exclusions import (
    ListPage,
    ListRow,
    ListsPage,
    ProposePage,
    ReportedLine,
    TermRow,
)

PAGE: Final = 50

ANSWER_WORDS: Final[dict[str, str]] = {
    "excluded": "不予支付",
    "review": "待核",
    "covered": "可赔",
    "never": "均不支付",
    "single": "单味不支付",
    "ask": "待核",
    "retired": "已停用",
}
TONES: Final[dict[str, str]] = {
    "excluded": "red",
    "never": "red",
    "review": "amber",
    "single": "amber",
    "ask": "amber",
    "covered": "green",
    "retired": "",
}
_STANDINGS: Final[dict[str, str]] = {"published": "已公布", "placeholder": "占位，待主管部门确认"}
_IN_FORCE: Final[dict[str, str]] = {"coming": "还没生效", "now": "", "over": "已过期"}
_HERB_CLAUSE: Final = "XB-二(二)9"


def tabs_of(session: UnitSession, current: str) -> tuple[ViewTab, ...]:
    """Return the parts of the lists with what waits in each."""
    changes, reports = waiting_counts(session)
    return tuple(
        ViewTab(text, href, count, key == current)
        for key, text, href, count in (
            ("lists", "清单", paths.EXCLUSIONS, None),
            ("waiting", "等批准", f"{paths.EXCLUSIONS}/changes", changes),
            ("reports", "报上来的", f"{paths.EXCLUSIONS}/reports", reports),
            ("history", "历史", f"{paths.EXCLUSIONS}/history", None),
        )
    )


def propose_href(actor: Actor, **values: str) -> str:
    """Return the address of the form for who may propose; else empty."""
    if not holds(actor, "lists.propose"):
        return ""
    return paths.with_query(f"{paths.EXCLUSIONS}/propose", **values)


def load_lists(session: UnitSession, *, actor: Actor, today: date) -> ListsPage:
    """Return every list with its size, source and dates."""
    edition = edition_in_force(session)
    rows = []
    for list_id, word in LISTS.items():
        source, status, since = _origin(edition, list_id, today)
        own = [one for one in edition.changes if one.list_id == list_id]
        clause = EXCLUSIONS[list_id][1] if list_id in EXCLUSIONS else _HERB_CLAUSE
        rows.append(
            ListRow(
                word=word,
                href=f"{paths.EXCLUSIONS}/{list_id}",
                clause=spoken_clause(clause) if clause else "各条",
                words=sum(1 for one in _entries(edition, list_id, today) if one.counts),
                source=source,
                standing=_STANDINGS.get(status, status),
                since=since,
                changes=sum(1 for one in own if in_force_on(one, today) == "now"),
                coming=sum(1 for one in own if in_force_on(one, today) == "coming"),
            )
        )
    return ListsPage(tabs_of(session, "lists"), tuple(rows), edition.hash[:12], propose_href(actor))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A word as the page lists it; ``counts`` when it is in force today."""

    term: str
    answer: str
    meaning: str
    condition: str
    since: date
    until: date | None
    source: str
    change: Change | None = None
    counts: bool = True


def _origin(edition: Edition, list_id: str, today: date) -> tuple[str, str, date]:
    if list_id == "herbs":
        herbs = edition.herbs_on(today) or edition.herb_lists[-1]
        return herbs.source, herbs.status, herbs.valid_from
    found = next(one for one in edition.word_lists if one.list_id == list_id)
    return found.source, found.status, found.valid_from


def _note(edition: Edition, list_id: str, status: str, since: date) -> str:
    """Say how the list of today stands, and which ones held before it."""
    note = f"{_STANDINGS.get(status, status)}，{since:%Y-%m-%d} 起"
    every = edition.herb_lists if list_id == "herbs" else edition.word_lists
    earlier = [
        one
        for one in every
        if getattr(one, "list_id", list_id) == list_id and one.valid_to is not None and one.valid_from < since
    ]
    words = "；".join(
        f"{one.valid_from:%Y-%m-%d} 起到 {one.valid_to:%Y-%m-%d} 以前的名单{_STANDINGS.get(one.status, '')}"
        for one in earlier
    )
    return f"{note}；{words}" if words else note


def _entries(edition: Edition, list_id: str, today: date) -> Iterator[_Entry]:
    """Yield the changes of a list, newest first, then the words of the package that still stand."""
    changed: set[str] = set()
    for change in reversed([one for one in edition.changes if one.list_id == list_id]):
        standing = in_force_on(change, today)
        if standing == "now":
            changed.add(change.key)
        answer = "retired" if change.kind == "retire" else change.answer
        yield _Entry(
            change.term,
            answer,
            change.meaning,
            "",
            change.starts_on,
            change.ends_on,
            change.basis,
            change,
            counts=standing == "now" and change.kind == "add",
        )
    if list_id == "herbs":
        yield from _pieces(edition.herbs_on(today), changed)
        return
    for words in edition.words_on(today):
        if words.list_id == list_id:
            yield from _words(words, changed)


def _words(words: WordList, changed: set[str]) -> Iterator[_Entry]:
    days = (words.valid_from, words.valid_to, words.source)
    for term in sorted(words.terms, key=lambda one: (words.terms[one][0].name, one)):
        if term not in changed:
            for concept in words.terms[term]:
                yield _Entry(term, concept.decision, concept.name, _condition(concept), *days)
    for guard in sorted(words.guards):
        if guard not in changed:
            yield _Entry(guard, "covered", "含短词而不是它", "", *days)


def _condition(concept: Concept) -> str:
    """Say in words what else the name must hold or must not."""
    parts = []
    if concept.whole:
        parts.append("名称只有这个词才算")
    if concept.needs:
        parts.append(f"还要有“{'、'.join(concept.needs[:4])}”{'等' if len(concept.needs) > 4 else ''}之一")
    if concept.softened_by and concept.decision == "excluded":
        some = "、".join(concept.softened_by[:4]) + ("等" if len(concept.softened_by) > 4 else "")
        parts.append(f"遇到“{some}”改为待核")
    if concept.cleared_by:
        some = "、".join(concept.cleared_by[:4]) + ("等" if len(concept.cleared_by) > 4 else "")
        parts.append(f"遇到“{some}”不算")
    if concept.outside_only:
        parts.append("只管目录外")
    if not concept.below_threshold:
        parts.append("只管 5,000 元以上")
    return "；".join(parts)


def _pieces(herbs: HerbList | None, changed: set[str]) -> Iterator[_Entry]:
    if herbs is None:
        return
    days = (herbs.valid_from, herbs.valid_to, herbs.source)
    order = {"never": 0, "single": 1, "ask": 2}
    for code, piece in sorted(herbs.by_code.items(), key=lambda one: (order[one[1].standing], one[0])):
        if code not in changed:
            yield _Entry(code, piece.standing, piece.listed, "国家编码", *days)
    for name, piece in sorted(herbs.by_name.items(), key=lambda one: (order[one[1].standing], one[1].listed)):
        if name not in changed:
            yield _Entry(name, piece.standing, piece.listed, "名称写法", *days)
    for name in sorted(herbs.exceptions):
        if name not in changed:
            yield _Entry(name, "covered", "名称相近而不是它", "", *days)


def load_list(
    session: UnitSession, *, actor: Actor, list_id: str, arguments: Mapping[str, str], today: date
) -> ListPage:
    """Return the words of one list that hold what was searched; :class:`NotFound` for another list."""
    if list_id not in LISTS:
        raise NotFound("没有这张清单，请从清单页进入")
    edition = edition_in_force(session)
    query, answer = arguments.get("q", "").strip()[:40], arguments.get("answer", "")
    key = term_key(query)
    found = [
        one
        for one in _entries(edition, list_id, today)
        if (not key or key in term_key(one.term) or query in one.meaning or query in one.source)
        and (not answer or one.answer == answer)
    ]
    base = f"{paths.EXCLUSIONS}/{list_id}"
    number = arguments.get("page", "1")
    page = max(
        1, min(int(number) if number.isdigit() and len(number) < 6 else 1, (len(found) - 1) // PAGE + 1)
    )
    shown = found[(page - 1) * PAGE : page * PAGE]
    numbers = {one.change.id: one.number for one in proposals(session, list_id=list_id, limit=1_000)}
    source, status, since = _origin(edition, list_id, today)
    tags = []
    if query:
        tags.append(Tag("找", query, paths.with_query(base, answer=answer)))
    if answer in ANSWER_WORDS:
        tags.append(Tag("怎么判", ANSWER_WORDS[answer], paths.with_query(base, q=query)))
    kinds = ("never", "single", "ask", "covered") if list_id == "herbs" else ("excluded", "review", "covered")
    return ListPage(
        tabs=tabs_of(session, "lists"),
        word=LISTS[list_id],
        note=_note(edition, list_id, status, since),
        action=base,
        query=query,
        answers=tuple(Choice(one, ANSWER_WORDS[one], one == answer) for one in (*kinds, "retired")),
        tags=tuple(tags),
        clear_href=base,
        rows=tuple(_term_row(actor, one, list_id, numbers, today) for one in shown),
        paging=_paging(len(found), page, base, query, answer),
        source=source,
        propose_href=propose_href(actor, list=list_id),
    )


def _term_row(actor: Actor, entry: _Entry, list_id: str, numbers: Mapping[str, str], today: date) -> TermRow:
    change = entry.change
    number = numbers.get(change.id, "") if change is not None else ""
    may_retire = entry.answer != "retired" and entry.counts
    return TermRow(
        term=entry.term,
        answer=ANSWER_WORDS[entry.answer],
        tone=TONES[entry.answer],
        meaning=entry.meaning,
        condition=entry.condition,
        since=entry.since,
        until=entry.until,
        standing=_IN_FORCE[in_force_on(change, today)] if change is not None else "",
        source=entry.source if change is not None else "",
        change=Link(number, f"{paths.EXCLUSIONS}/changes/{number}") if number else None,
        retire_href=propose_href(actor, list=list_id, kind="retire", term=entry.term) if may_retire else "",
    )


def _paging(total: int, page: int, base: str, query: str, answer: str) -> Paging:
    def href(number: int) -> str:
        return paths.with_query(base, q=query, answer=answer, page=number if number > 1 else "")

    last = (total - 1) // PAGE + 1 if total else 1
    near = [one for one in range(page - 2, page + 3) if 1 <= one <= last]
    return Paging(
        first=(page - 1) * PAGE + 1 if total else 0,
        last=min(total, page * PAGE),
        total=total,
        size=PAGE,
        unit="条",
        previous=href(page - 1) if page > 1 else "",
        next=href(page + 1) if page < last else "",
        pages=tuple((one, href(one), one == page) for one in near) if last > 1 else (),
    )


def load_proposing(
    session: UnitSession,
    *,
    actor: Actor,
    arguments: Mapping[str, str],
    today: date,
    troubles: tuple[Trouble, ...] = (),
) -> ProposePage:
    """Return the form, filled with what the address or the refused form says."""
    reported = _reported(session, arguments.get("report", ""))
    list_id, kind = arguments.get("list", ""), arguments.get("kind", "") or "add"
    answer = arguments.get("answer", "")
    if reported is not None:
        list_id = list_id or _list_of(reported)
        answer = answer or ("covered" if reported.row.decision != "covered" else "")
    return ProposePage(
        tabs=tabs_of(session, "waiting"),
        action=f"{paths.EXCLUSIONS}/propose",
        lists=tuple(Choice(key, word, key == list_id) for key, word in LISTS.items()),
        kinds=(Choice("add", "新增", kind == "add"), Choice("retire", "停用", kind == "retire")),
        word_answers=tuple(Choice(key, word, key == answer) for key, word in ANSWERS["words"].items()),
        herb_answers=tuple(Choice(key, word, key == answer) for key, word in ANSWERS["herbs"].items()),
        term=arguments.get("term", "") or (reported.row.name if reported is not None else ""),
        meaning=arguments.get("meaning", ""),
        basis=arguments.get("basis", ""),
        starts_on=arguments.get("starts_on", "") or today.isoformat(),
        ends_on=arguments.get("ends_on", ""),
        report_id=str(reported.row.id) if reported is not None else "",
        report=reported_line(reported, actor) if reported is not None else None,
        troubles=troubles,
    )


def _reported(session: UnitSession, text: str) -> Report | None:
    try:
        return report(session, uuid.UUID(text)) if text else None
    except ValueError:
        return None


def _list_of(reported: Report) -> str:
    codes = {code: list_id for list_id, (code, _) in EXCLUSIONS.items() if code}
    return "herbs" if reported.row.code == "nonpayable_herb" else codes.get(reported.row.code, "")


def line_href(actor: Actor, case_no: str, line_no: int) -> str:
    """Return the address of a fee line for who may see cases; else empty: officers see the line's words."""
    if not holds(actor, "claims.view"):
        return ""
    return paths.case_href(case_no, f"calculation?lines=all#line-{line_no}")


def reported_line(reported: Report, actor: Actor) -> ReportedLine:
    """Return what was seen on the line, for people."""
    row = reported.row
    return ReportedLine(
        name=row.name,
        catalogue=tuple(one for one in (row.catalogue_name, row.catalogue_code) if one),
        answer=ANSWER_WORDS.get(row.decision, row.decision),
        tone=TONES.get(row.decision, ""),
        because=row.because or "没有不予支付的情形",
        finding=FINDINGS.get(row.finding, ""),
        remark=row.remark,
        who=row.reported_by_name,
        at=row.reported_at,
        case=Link(f"{row.case_no} 第 {row.line_no} 行", line_href(actor, row.case_no, row.line_no)),
    )
