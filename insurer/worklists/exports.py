"""Lists taken out of the system: the same rows as on the screen, masked, numbered, recorded."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Final

import xlsxwriter
from sqlalchemy import func, select

from insurer.accounts.tables import Staff
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.rules import VISIT_WORDS
from insurer.claims.tables import Claim
from insurer.kernel.dates import SHANGHAI, business_day
from insurer.kernel.errors import TooLarge
from insurer.kernel.money import to_yuan
from insurer.people.tables import Person
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.numbers import take_numbers
from insurer.worklists.case_conditions import read_conditions, tags_of

MOST: Final = 20_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADS: Final = (
    "案件号",
    "姓名",
    "证号尾",
    "医院",
    "类别",
    "结算日期",
    "总费用（元）",
    "个人负担（元）",
    "应付（元）",
    "状态",
    "内部期限",
    "经办",
)


def export_cases(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], now: datetime
) -> tuple[str, bytes]:
    """Return file name and workbook of the list that the address asks for.

    The last row tells who took it out, when, and under which number; the audit log has the same.
    :class:`TooLarge` above 20,000 rows.
    """
    conditions = read_conditions(arguments, actor=actor, today=business_day(now))
    count = session.scalar(select(func.count()).select_from(Claim).where(*conditions.where)) or 0
    if count > MOST:
        raise TooLarge(f"一次最多导出 {MOST:,} 件，现在有 {count:,} 件。请加条件，分几次导出")
    day = business_day(now)
    serial = take_numbers(session, f"export/{day.isoformat()}")[0]
    number = f"E{day:%Y%m%d}-{serial:03d}"
    rows = session.execute(
        select(Claim, Person.name, Person.certno_mask, Staff.name)
        .join(Person, Person.id == Claim.person_id)
        .outerjoin(Staff, Staff.id == Claim.handler_id)
        .where(*conditions.where)
        .order_by(Claim.due_on, Claim.case_no)
    )
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    sheet = book.add_worksheet("案件")
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    sheet.write_row(0, 0, HEADS, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(HEADS) - 1, 15)
    at = 1
    for claim, person, mask, owner in rows:
        texts = [claim.case_no, person, f"*{mask[-4:]}", claim.hospital]
        texts += [VISIT_WORDS.get(claim.visit, claim.visit), claim.settled_on.isoformat()]
        for column, text in enumerate(texts):
            sheet.write_string(at, column, text)
        for column, fen in enumerate((claim.total_fen, claim.burden_fen, claim.benefit_fen), len(texts)):
            sheet.write_number(at, column, float(to_yuan(fen)), money)  # a cell's number, never read back
        for column, text in enumerate(
            (WORDS[State(claim.state)].word, claim.due_on.isoformat(), owner or ""), len(texts) + 3
        ):
            sheet.write_string(at, column, text)
        at += 1
    asked = "；".join(f"{tag.label} {tag.value}" for tag in tags_of(conditions)) or "全部"
    moment = f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    sheet.write_string(at + 1, 0, f"{actor.name} {moment} 导出，编号 {number}，{count} 件，条件：{asked}")
    book.close()
    data = {"number": number, "count": count, "conditions": sorted(conditions.texts)}
    note(session, actor, "platform:export:made", ("export", number), now=now, data=data)
    return f"案件-{number}.xlsx", buffer.getvalue()
