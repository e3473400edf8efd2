"""档案: the register of closed cases, and the index of one file."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import ArchiveRecord
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.errors import NotFound
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.programmes import kept
from insurer.worklists.register_pages import SIZE, offset_of, page_of
from insurer.worklists.views import paths
from insurer.worklists.views.elements import SideRow, Trouble
from insurer.worklists.views.matters import FormField, MatterForm, PlainCell, PlainList


def load_archive(session: UnitSession, *, scheme: str, arguments: Mapping[str, str]) -> PlainList:
    """Return the archive, the newest file first; ``q`` finds a file number, a case number or a place."""
    asked = arguments.get("q", "").strip()[:40]
    newest = (
        select(func.max(ArchiveRecord.seq))
        .where(ArchiveRecord.claim_id == Claim.id)
        .correlate(Claim)
        .scalar_subquery()
    )
    rows = (
        select(ArchiveRecord, Claim.case_no)
        .join(Claim, Claim.id == ArchiveRecord.claim_id)
        .where(Claim.scheme == scheme, ArchiveRecord.seq == newest)
    )
    if asked:
        rows = rows.where(
            ArchiveRecord.file_number.startswith(asked.upper(), autoescape=True)
            | Claim.case_no.startswith(asked.upper(), autoescape=True)
            | ArchiveRecord.place.contains(asked, autoescape=True)
        )
    total = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    start = offset_of(arguments)
    ordered = rows.order_by(ArchiveRecord.file_number.desc()).offset(start).limit(SIZE + 1)
    found = session.execute(ordered).all()
    following = ""
    if len(found) > SIZE:
        more: dict[str, Any] = {"q": asked, "from": start + SIZE + 1}
        following = paths.with_query(paths.ARCHIVE, scheme=kept(scheme), **more)
    heads = ("档号", "案件号", "存放处", "归档", "份数", "保管到")
    return PlainList(
        title="档案",
        beside="结案的案件按档号存放",
        heads=tuple((head, head == "份数") for head in heads),
        rows=tuple(
            (
                PlainCell(one.file_number, f"{paths.ARCHIVE}/{one.file_number}"),
                PlainCell(case, paths.case_href(case)),
                PlainCell(one.place),
                PlainCell(one.filed_at.astimezone(SHANGHAI).date().isoformat(), second=one.filed_by_name),
                PlainCell(str(len(one.contents)), numeric=True),
                PlainCell(one.retain_until_on.isoformat()),
            )
            for one, case in found[:SIZE]
        ),
        paging=page_of(total, len(found[:SIZE]), start + 1, following, "件"),
        search=asked,
        search_label="档号、案件号、存放处",
        empty="没有找到。结案的案件在“相关事项”里归档。",
    )


def load_file(
    session: UnitSession,
    *,
    actor: Actor,
    file_number: str,
    typed: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> PlainList:
    """Return the index of one file, to be printed and laid in it; :class:`NotFound` when there is none."""
    record, claim = find_file(session, file_number)
    get = (typed or {}).get
    form = None
    if holds(actor, "claims.archive"):
        fields = (
            FormField("place", "移到哪里", value=get("place", "")),
            FormField("reason", "为什么移", value=get("reason", "")),
        )
        form = MatterForm("移库", f"{paths.ARCHIVE}/{record.file_number}/move", fields, "记下移库")
    pages = sum(int(one.get("pages") or 0) for one in record.contents)
    heads = ("序", "种类", "名称", "页数", "日期", "校验值")
    return PlainList(
        title=f"卷内目录 {record.file_number}",
        beside=f"共 {len(record.contents)} 份，{pages} 页",
        heads=tuple((head, head == "页数") for head in heads),
        rows=tuple(
            (
                PlainCell(str(place)),
                PlainCell(str(one.get("kind") or "")),
                PlainCell(str(one.get("name") or "")),
                PlainCell(str(one.get("pages") or ""), numeric=True),
                PlainCell(str(one.get("on") or "")),
                PlainCell(str(one.get("sha256") or "")[:12] or "—"),
            )
            for place, one in enumerate(record.contents, 1)
        ),
        form=form,
        facts=(
            SideRow("案件", claim.case_no, second=(WORDS[State(claim.state)].word,)),
            SideRow("存放处", record.place),
            SideRow(
                "归档", record.filed_by_name, second=(f"{record.filed_at.astimezone(SHANGHAI):%Y-%m-%d}",)
            ),
            SideRow("保管到", record.retain_until_on.isoformat()),
            SideRow("第几次归档", str(record.seq)),
        ),
        facts_title="档案",
        troubles=troubles,
        print_foot=f"档号 {record.file_number}，案件 {claim.case_no}",
    )


def find_file(session: UnitSession, file_number: str) -> tuple[ArchiveRecord, Claim]:
    """Return the newest record of a file number with its case; :class:`NotFound` when there is none."""
    row = session.execute(
        select(ArchiveRecord, Claim)
        .join(Claim, Claim.id == ArchiveRecord.claim_id)
        .where(ArchiveRecord.file_number == file_number[:40])
        .order_by(ArchiveRecord.seq.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound("没有这个档号。请从档案的列表查找")
    return row[0], row[1]
