"""How a sender's columns are understood: remembered, so that the next file is read the same way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from insurer.accounts.permissions import require
from insurer.kernel.errors import Invalid, Problem
from insurer.people.reading.columns import Field
from insurer.people.reading.heads import automatic
from insurer.people.reading.leaving_days import KINDS, day_rank
from insurer.people.tables import SenderColumns
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

FIELD_WORDS: Final[dict[str, str]] = {
    Field.NAME.value: "姓名",
    Field.CERTNO.value: "身份证号",
    Field.CATEGORY.value: "保障类别",
    Field.START.value: "享受起始、批准",
    Field.CHANGE.value: "变动",
    Field.HAPPENED.value: "去世、迁出日期",
    Field.INSURANCE.value: "医保参保状态",
    Field.TOWN.value: "镇、街道",
    Field.VILLAGE.value: "村、社区",
    Field.CARD_NO.value: "低保证号",
    Field.HOUSEHOLDER.value: "户主姓名",
    Field.RELATION.value: "与户主关系",
    Field.TEL.value: "电话",
    Field.BANK.value: "开户行",
    Field.ACCOUNT.value: "收款账号",
    Field.HOLDER.value: "账户户名",
    Field.REMARK.value: "备注",
}
"""Field to the words of the columns page, in its order."""

_MOST: Final = 100


def heads_of(session: UnitSession, *, scheme: str, sender: str) -> dict[str, str]:
    """Return what is remembered of a sender: key of header words to a field, "" for a column not used."""
    found = session.scalars(
        select(SenderColumns.columns).where(SenderColumns.scheme == scheme, SenderColumns.sender == sender)
    ).one_or_none()
    return {str(key): str(field) for key, field in (found or {}).items()}


def remember_heads(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    sender: str,
    chosen: Mapping[str, str],
    now: datetime,
    kind: str = "",
) -> dict[str, str]:
    """Remember how the columns just looked at are to be understood; what words say by themselves is not kept.

    ``kind`` is that of the list: on one of deaths or moves a column says the day by itself. Columns of other
    files of the sender stay as they were. :class:`Invalid` for an unknown field, or when no column is the
    person number or none the name.
    """
    require(actor, "rosters.stage")
    unknown = [field for field in chosen.values() if field and field not in FIELD_WORDS]
    if unknown:
        raise Invalid("有一列选得不对，请重新选", (Problem("columns", "请从单子里选"),))
    for field in (Field.CERTNO.value, Field.NAME.value):
        named = (Field.NAME.value, Field.HOUSEHOLDER.value) if field == Field.NAME.value else (field,)
        if not set(named) & set(chosen.values()):
            word = FIELD_WORDS[field]
            raise Invalid(f"还没有一列是“{word}”", (Problem("columns", f"请选哪一列是“{word}”"),))
    heads = heads_of(session, scheme=scheme, sender=sender)
    days = _days(chosen, kind)
    for key, field in chosen.items():
        heads.pop(key, None)
        if key and field != days.get(key, automatic(key)):
            heads[key] = field
    heads = dict(list(heads.items())[-_MOST:])
    values = {"columns": heads, "changed_by_name": actor.name, "changed_at": now}
    statement = insert(SenderColumns).values(scheme=scheme, sender=sender, **values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[SenderColumns.scheme, SenderColumns.sender], set_=values
        )
    )
    data = {"scheme": scheme, "columns": len(heads)}
    note(session, actor, "people:columns:chosen", ("sender", sender or "-"), now=now, data=data)
    return heads


def _days(chosen: Mapping[str, str], kind: str) -> dict[str, str]:
    """Return what need not be kept of the columns that say a day by themselves.

    The best one of a sheet is taken without a word. One that goes before a better one is kept, and that none
    is to be taken.
    """
    ranks = {key: rank for key in chosen if kind in KINDS and (rank := day_rank(key, kind)) is not None}
    if not ranks:
        return {}
    happened = Field.HAPPENED.value
    taken = [key for key, field in chosen.items() if field == happened]
    if not taken:
        return dict.fromkeys(ranks, happened)
    by_itself = min(ranks, key=ranks.__getitem__) in taken
    return {key: happened if by_itself and key in taken else "" for key in ranks}
