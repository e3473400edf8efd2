"""Whether a second person must confirm a file, why, and who can."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from insurer.accounts.queries import staff_who_may
from insurer.kernel.errors import Conflict
from insurer.people.cells_by_hand import who_made_cells
from insurer.people.tables import RosterImport
from insurer.platform.db import UnitSession

CHANGE_LIMIT: Final = 20
"""Percent of last month's people that may change before somebody else than the uploader must confirm."""


def second_person(
    counts: Mapping[str, int], *, size: int, limit: int, supplement: bool = False, by_hand: int = 0
) -> dict[str, Any]:
    """Return why a second person must confirm (empty: the uploader may): cells put right by hand, a
    supplement, no month to compare with, or a share of new, changed and gone people over ``limit`` percent of
    ``size``, rounded up.
    """
    if by_hand:
        return {"second": "by_hand", "by_hand": by_hand, "supplement": supplement}
    if supplement:
        return {"second": "supplement"}
    moved = counts["new"] + counts["changed"] + counts["gone"]
    if not moved:
        return {}
    if not size:
        return {"second": "first"}
    share = -(-100 * moved // size)
    return {"second": "share", "share": share, "limit": limit} if 100 * moved > limit * size else {}


def why_second(counts: Mapping[str, Any]) -> str:
    """Say in words why a second person is needed; empty when none is."""
    match counts.get("second"):
        case "by_hand":
            late = "补正已导入的月份，" if counts.get("supplement") else ""
            return f"{late}有 {counts['by_hand']} 格是手工改的"
        case "supplement":
            return "补正已导入的月份"
        case "first":
            return "没有上月名册可比"
        case "share":
            return f"改动占上月人数的 {counts['share']}%，超过 {counts['limit']}%"
        case _:
            return ""


def made_by(session: UnitSession, import_id: uuid.UUID, staged_by: str) -> frozenset[str]:
    """Return the ids of those who made an import what it is: who uploaded it, and who put cells right."""
    return who_made_cells(session, import_id) | {staged_by}


def others_who_may(session: UnitSession, import_id: uuid.UUID, staged_by: str) -> list[str]:
    """Return the names of those who may confirm and made nothing of it."""
    makers = made_by(session, import_id, staged_by)
    return [one.name for one in staff_who_may(session, "rosters.apply") if str(one.id) not in makers]


def refuse_same_person(session: UnitSession, found: RosterImport, confirmer: str) -> None:
    """Raise :class:`Conflict` when a member of staff confirms his own work that needs a second person."""
    why = why_second(found.counts)
    if not why or not _is_staff(confirmer) or confirmer not in made_by(session, found.id, found.staged_by):
        return
    names = "、".join(others_who_may(session, found.id, found.staged_by)[:6])
    who = f"现在可以确认的有：{names}" if names else "现在没有别人可以确认，请找系统管理员"
    own = "上传" if confirmer == found.staged_by else "改"
    raise Conflict(f"这份名册{why}，又是您{own}的，要由别人确认。{who}")


def _is_staff(actor_id: str) -> bool:
    try:
        uuid.UUID(actor_id)
    except ValueError:
        return False
    return True
