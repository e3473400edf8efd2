"""材料: the papers of a case beside the settlement as it was received."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import CALCULABLE, State
from insurer.claims.rules import missing_papers, paper_list
from insurer.claims.tables import Claim, Paper, Settlement
from insurer.kernel.errors import Invalid, NotFound, Problem
from insurer.kernel.money import display, parse_yuan
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import StoredFile
from insurer.worklists.case_bar import bar_of, find_case
from insurer.worklists.derivation import INPUTS
from insurer.worklists.views import documents as views
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Trouble

ZOOMS: Final = (50, 75, 100, 125, 150, 200)
TURNS: Final = (0, 90, 180, 270)
_COSTS: Final = ("medfee_sumamt", "inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
_FUNDS: Final = (
    "hifp_pay",
    "hifmi_pay",
    "hifob_pay",
    "hifes_pay",
    "cvlserv_pay",
    "hifdm_pay",
    "maf_pay",
    "hosp_part_amt",
)
_SHOWN_FUNDS: Final = frozenset({"hifp_pay", "hifmi_pay", "maf_pay"})
_LATER: Final = {"inclusive": "惠民保", "charity": "慈善救助", "private": "商业保险"}
MED_TYPES: Final = {
    "11": "普通门诊",
    "12": "门诊挂号",
    "13": "急诊",
    "14": "门诊慢特病",
    "19": "意外门诊",
    "21": "普通住院",
    "22": "外伤住院",
    "23": "转外诊治住院",
    "24": "急诊转住院",
    "41": "定点药店购药",
    "51": "生育门诊",
    "52": "生育住院",
    "53": "计划生育",
}


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
) -> views.DocumentsPage:
    """Return the page with one paper open; ``paper`` is its place in the list."""
    found = find_case(session, number)
    claim = found.claim
    rows = _papers(session, claim.id)
    place = int(paper) if paper.isdigit() and 1 <= int(paper) <= len(rows) else _first(rows)
    settlement = session.scalar(
        select(Settlement)
        .where(
            Settlement.claim_id == claim.id, Settlement.superseded_at.is_(None), Settlement.reverses.is_(None)
        )
        .order_by(Settlement.settled_on, Settlement.id)
        .limit(1)
    )
    facts: Mapping[str, Any] = settlement.facts if settlement else {}
    groups, agrees = _groups(facts)
    state = State(claim.state)
    may_add = state in CALCULABLE and holds(actor, "claims.accept")
    base = paths.case_href(number, "documents")
    return views.DocumentsPage(
        bar=bar_of(found, part="材料", actor=actor, today=today),
        papers=tuple(
            _paper(row, position, position == place, base) for position, (row, _) in enumerate(rows, 1)
        ),
        sheet=_sheet(rows, place, base, page, zoom, turn),
        groups=groups,
        agreement="两项合计相符" if agrees else "合计不符",
        agrees=agrees,
        upload_href=paths.case_href(number, "papers") if may_add else "",
        may_edit=False,
        read_only_note="按收到的结算记录显示，更正由结算系统重发",
    )


def _papers(session: UnitSession, claim_id: UUID) -> list[tuple[Paper, str]]:
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


def _word(kind: str) -> str:
    known = paper_list().kinds.get(kind)
    return known.word if known else "其他材料"


def _paper(row: Paper, place: int, current: bool, base: str) -> views.Paper:
    state = "正在看" if current else ("已核" if row.checked_at else ("有原件" if row.sha256 else "只登记"))
    return views.Paper(place, _word(row.kind), row.pages, state, f"{base}?paper={place}", current)


def _sheet(
    rows: Sequence[tuple[Paper, str]], place: int, base: str, page: str, zoom: str, turn: str
) -> views.Sheet | None:
    if not place:
        return None
    row, mime = rows[place - 1]
    size = int(zoom) if zoom.isdigit() and int(zoom) in ZOOMS else 100
    angle = int(turn) if turn.isdigit() and int(turn) in TURNS else 0
    kind = "image" if mime.startswith("image/") else ("pdf" if mime == "application/pdf" else "")
    pages = max(1, row.pages) if kind == "pdf" else 1
    leaf = int(page) if page.isdigit() and 1 <= int(page) <= pages else 1
    original = f"{base}/{row.id}" if row.sha256 else ""

    def href(paper: int = place, **view: int) -> str:
        return paths.with_query(base, paper=paper, **view)

    def seen(leaf: int = leaf, size: int = size, angle: int = angle) -> str:
        """Return the address of this paper in another view; plain values are left out."""
        view = {"page": leaf if leaf > 1 else 0, "zoom": size if size != 100 else 0, "turn": angle}
        return href(**{name: value for name, value in view.items() if value})

    links: list[tuple[str, str]] = []
    if kind:
        at = ZOOMS.index(size)
        links.append(("缩小", seen(size=ZOOMS[max(0, at - 1)])))
        links.append(("放大", seen(size=ZOOMS[min(len(ZOOMS) - 1, at + 1)])))
        links.append(("旋转", seen(angle=(angle + 90) % 360)))
    if leaf > 1:
        links.append(("上一页", seen(leaf=leaf - 1)))
    if leaf < pages:
        links.append(("下一页", seen(leaf=leaf + 1)))
    if place > 1:
        links.append(("上一份", href(place - 1)))
    if place < len(rows):
        links.append(("下一份", href(place + 1)))
    return views.Sheet(
        title=_word(row.kind),
        number=place,
        page=leaf,
        pages=row.pages,
        image=f"{original}/pages/{leaf}" if kind == "pdf" else original,
        original=original,
        zoom=size,
        turn=angle,
        links=tuple(links),
        kind=kind,
    )


def _groups(facts: Mapping[str, Any]) -> tuple[tuple[views.EntryGroup, ...], bool]:
    if not facts:
        return (), True
    invoice = facts.get("invoice") or {}
    institution = facts.get("fixmedins") or {}
    number = "-".join(str(invoice[part]) for part in ("bill_code", "bill_no") if invoice.get(part))
    stay = (
        " 至 ".join(str(facts[name])[:10] for name in ("begndate", "enddate") if facts.get(name))
        or str(facts.get("setl_time", ""))[:10]
    )
    basic = (
        _shown("setl_id", "结算流水号", str(facts.get("setl_id", ""))),
        _shown(
            "med_type", "医疗类别", MED_TYPES.get(str(facts.get("med_type"))[:2], str(facts.get("med_type")))
        ),
        _shown("begndate", "起止日期", stay),
        _shown("setl_time", "结算日期", str(facts.get("setl_time", ""))[:10]),
        _shown("fixmedins", "医疗机构", str(institution.get("name") or "没有写")),
        _shown("invoice", "票据号", number or "没有写"),
    )
    costs = {name: _fen(facts, name) for name in _COSTS}
    sum_of_parts = sum(fen for name, fen in costs.items() if name != "medfee_sumamt")
    agrees = sum_of_parts == costs["medfee_sumamt"]
    check = views.SumCheck(
        "费用四项",
        "medfee_sumamt",
        _COSTS[1:],
        agrees,
        _sum_text([costs[name] for name in _COSTS[1:]], sum_of_parts, costs["medfee_sumamt"]),
    )
    funds = [name for name in _FUNDS if _fen(facts, name) or name in _SHOWN_FUNDS]
    paid = tuple(_amount(name, INPUTS[name], _fen(facts, name)) for name in funds)
    later = tuple(
        _amount(
            str(row.get("payer")),
            _LATER.get(str(row.get("payer")), "其他"),
            sum(_fen(row, part) for part in ("unsplit", "in_catalogue", "outside_catalogue", "excluded")),
            "没有写明拆分" if row.get("unsplit") else "写明拆分",
        )
        for row in facts.get("later_payers") or ()
    )
    groups = [
        views.EntryGroup("", basic),
        views.EntryGroup(
            "费用（元）", tuple(_amount(name, INPUTS[name], costs[name]) for name in _COSTS), check
        ),
        views.EntryGroup("谁已付（元）", paid),
    ]
    if later:
        groups.append(views.EntryGroup("结算以后的付款方（元）", later))
    return tuple(groups), agrees


def _fen(facts: Mapping[str, Any], name: str) -> int:
    value = facts.get(name)
    return 0 if value in (None, "") else parse_yuan(str(value))


def _shown(name: str, label: str, value: str) -> views.EntryField:
    return views.EntryField(name, label, value, "shown")


def _amount(name: str, label: str, fen: int, note: str = "") -> views.EntryField:
    return views.EntryField(name, label, display(fen), "shown_amount", note=note)


def _sum_text(parts: Sequence[int], together: int, total: int) -> str:
    if together == total:
        return f"{' + '.join(display(fen) for fen in parts)} = {display(total)}"
    word = "少" if together < total else "多"
    return (
        f"费用四项相加是 {display(together)} 元，比总费用{word} {display(abs(total - together))} 元。"
        "请对照结算单。"
    )


def paper_file(session: UnitSession, *, number: str, paper_id: UUID) -> tuple[str, str, str]:
    """Return hash, kind and name of a paper's file; :class:`NotFound` when the case has no such file."""
    row = session.execute(
        select(Paper.sha256, StoredFile.mime, Paper.kind)
        .join(Claim, Claim.id == Paper.claim_id)
        .join(StoredFile, StoredFile.sha256 == Paper.sha256)
        .where(Paper.id == paper_id, Claim.case_no == number)
    ).one_or_none()
    if row is None:
        raise NotFound("没有这份材料的原件。请添加材料，或发补件通知")
    return row.sha256, row.mime, _word(row.kind)


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
    kinds = {paper.kind for paper, _ in _papers(session, found.claim.id)}
    facts = session.scalar(
        select(Settlement.facts)
        .where(
            Settlement.claim_id == found.claim.id,
            Settlement.superseded_at.is_(None),
            Settlement.reverses.is_(None),
        )
        .limit(1)
    )
    lacking = set(missing_papers(found.claim.visit, facts or {}, kinds) if chosen is None else chosen)
    return views.AskPapersPage(
        bar=bar_of(found, part="材料", actor=actor, today=today),
        choices=tuple(
            Choice(code, f"{kind.word}：{kind.why}" if kind.why else kind.word, code in lacking)
            for code, kind in paper_list().kinds.items()
        ),
        action=paths.case_href(number, "ask"),
        version=str(found.claim.version),
        reason=reason,
        troubles=troubles,
    )


def refuse_known_files(session: UnitSession, *, number: str, files: Mapping[str, bytes]) -> None:
    """Raise :class:`Invalid` when a case has one of these files (name to content) already, byte for byte."""
    digests = {sha256(content).hexdigest(): name for name, content in files.items()}
    statement = (
        select(Paper.sha256, Paper.kind)
        .join(Claim, Claim.id == Paper.claim_id)
        .where(Claim.case_no == number[:40], Paper.sha256.in_(digests))
    )
    problems = tuple(
        Problem("file", f"“{digests[digest]}”已经在这件里，是“{_word(kind)}”，不用再传")
        for digest, kind in session.execute(statement)
        if digest is not None
    )
    if problems:
        raise Invalid("有的文件已经收过", problems)


def load_adding(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    kind: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> views.AddPapersPage:
    """Return the page on which papers are handed in; ``kind`` is the one that was chosen."""
    found = find_case(session, number)
    return views.AddPapersPage(
        bar=bar_of(found, part="材料", actor=actor, today=today),
        kinds=tuple(Choice(code, one.word, code == kind) for code, one in paper_list().kinds.items()),
        action=paths.case_href(number, "papers"),
        troubles=troubles,
    )
