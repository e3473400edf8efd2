"""用文件导入结算记录: the files, what one would do, what it did."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from insurer.claims.operations.uploads import OUTCOMES
from insurer.claims.sheet_fields import LABELS
from insurer.claims.tables import SettlementUpload
from insurer.kernel.errors import NotFound
from insurer.platform.db import UnitSession
from insurer.worklists.programmes import kept
from insurer.worklists.views import intake as views
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, Paging, Trouble, ViewTab

FILES: Final = f"{paths.INTAKE}/files"
SIZE: Final = 100
MOST_FILES: Final = 50
_FIELDS: Final = {
    "certno": "证件号码",
    "psn_name": "姓名",
    "reverses": "冲销哪一笔",
    "refd_setl_flag": "冲销标志",
    "det_item_fee_sumamt": "明细金额",
    "medins_list_name": "项目名称",
    "feedetl_sn": "明细号",
    "payer": "付款方",
    "psn_part_amt": "个人负担",
}
_STATES: Final = {"staged": "等确认", "applied": "已导入", "discarded": "已放弃"}
_WILL: Final = {
    "new": "确认后立案",
    "changed": "确认后成为新的版本，案件重开",
    "reversed": "确认后冲销原来的结算",
    "same": "已经有了，不会再写",
    "refused": "",
}
_DID: Final = {
    "new": "已立案",
    "changed": "已更正",
    "reversed": "已冲销",
    "same": "已经有了，没有再写",
    "refused": "",
}


def load_files(session: UnitSession, *, scheme: str, troubles: tuple[Trouble, ...] = ()) -> views.UploadsPage:
    """Return the newest files of a programme."""
    rows = session.scalars(
        select(SettlementUpload)
        .where(SettlementUpload.scheme == scheme)
        .order_by(SettlementUpload.staged_at.desc(), SettlementUpload.id.desc())
        .limit(MOST_FILES)
    )
    return views.UploadsPage(
        rows=tuple(
            views.UploadRow(
                f"{FILES}/{row.id}",
                row.filename,
                row.staged_at,
                row.staged_by_name,
                int(row.counts.get("records", 0)),
                _STATES[row.state],
            )
            for row in rows
        ),
        action=paths.with_query(FILES, scheme=kept(scheme)),
        troubles=troubles,
    )


def load_file(session: UnitSession, *, upload_id: UUID, arguments: Mapping[str, str]) -> views.UploadPage:
    """Return one file with its records of one outcome; :class:`NotFound` for an unknown one."""
    upload = session.get(SettlementUpload, upload_id)
    if upload is None:
        raise NotFound("没有这次导入。请回到导入页看清单")
    counts = {name: int(upload.counts.get(name, 0)) for name in OUTCOMES}
    first = next((name for name in ("refused", *OUTCOMES) if counts[name]), "new")
    wanted = arguments.get("show", "")
    wanted = wanted if wanted in OUTCOMES else first
    base = f"{FILES}/{upload_id}"
    listed = [row for row in upload.report if row["outcome"] == wanted]
    at = arguments.get("page", "")
    page = int(at) if at.isdecimal() and 1 <= int(at) <= 1 + len(listed) // SIZE else 1
    shown = listed[(page - 1) * SIZE : page * SIZE]
    applied = upload.state == "applied"
    open_ = upload.state == "staged"
    return views.UploadPage(
        file=upload.filename,
        at=upload.staged_at,
        by=upload.staged_by_name,
        state=_STATES[upload.state],
        records=int(upload.counts.get("records", 0)),
        counts=counts,
        tabs=tuple(
            ViewTab(word, paths.with_query(base, show=name), counts[name], name == wanted)
            for name, word in OUTCOMES.items()
        ),
        rows=tuple(_row(row, upload.filename, applied) for row in shown),
        confirm_action=f"{base}/confirm" if open_ and len(upload.report) > counts["refused"] else "",
        discard_action=f"{base}/discard" if open_ else "",
        errors_href=f"{base}/refused" if counts["refused"] else "",
        paging=_paging(base, wanted, page, len(listed)) if len(listed) > SIZE else None,
        applied=upload.applied_by_name or "",
    )


def _row(row: Mapping[str, Any], filename: str, applied: bool) -> views.RecordRow:
    words = (_DID if applied else _WILL)[row["outcome"]]
    number = row["case_no"]
    return views.RecordRow(
        where=str(row["where"]).removeprefix(filename).strip(),
        setl_id=row["setl_id"],
        outcome=row["outcome"],
        words=words,
        link=Link(number, paths.case_href(number)) if number else None,
        notes=(*map(_said, row["problems"]), *map(str, row["notes"])),
    )


def _said(problem: Mapping[str, str]) -> str:
    """Return a problem with the paper's word for its field, and the field's own name for the sender."""
    field = problem["field"]
    word = LABELS.get(field) or _FIELDS.get(field, "")
    place = f"{word}（{field}）" if word else field
    return f"{place}：{problem['message']}" if place else problem["message"]


def _paging(base: str, wanted: str, page: int, total: int) -> Paging:
    pages = (total + SIZE - 1) // SIZE

    def href(number: int) -> str:
        return paths.with_query(base, show=wanted, page=number)

    return Paging(
        first=(page - 1) * SIZE + 1,
        last=min(page * SIZE, total),
        total=total,
        size=SIZE,
        unit="条",
        previous=href(page - 1) if page > 1 else "",
        next=href(page + 1) if page < pages else "",
    )
