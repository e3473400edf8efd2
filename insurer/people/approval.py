"""Whether a second person must confirm a file, why, and who can."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from insurer.accounts.queries import staff_who_may
from insurer.kernel.errors import Conflict
from insurer.people.tables import RosterImport
from insurer.platform.db import UnitSession

CHANGE_LIMIT: Final = 20
"""Percent of last month's people that may change before somebody else than the uploader must confirm."""


def second_person(
    counts: Mapping[str, int], *, size: int, limit: int, supplement: bool = False
) -> dict[str, Any]:
    """Return why a second person must confirm (empty: the uploader may): a supplement, no month to compare
    with, or a share of new, changed and gone people over ``limit`` percent of ``size``, rounded up.
    """
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
        case "supplement":
            return "补正已导入的月份"
        case "first":
            return "没有上月名册可比"
        case "share":
            return f"改动占上月人数的 {counts['share']}%，超过 {counts['limit']}%"
        case _:
            return ""


def others_who_may(session: UnitSession, staged_by: str) -> list[str]:
    """Return the names of those who may confirm and did not upload."""
    return [one.name for one in staff_who_may(session, "rosters.apply") if str(one.id) != staged_by]


def refuse_same_person(session: UnitSession, found: RosterImport, confirmer: str) -> None:
    """Raise :class:`Conflict` when a member of staff confirms his own upload that needs a second person."""
    why = why_second(found.counts)
    if not why or confirmer != found.staged_by or not _is_staff(confirmer):
        return
    names = "、".join(others_who_may(session, found.staged_by)[:6])
    who = f"现在可以确认的有：{names}" if names else "现在没有别人可以确认，请找系统管理员"
    raise Conflict(f"这份名册{why}，又是您上传的，要由别人确认。{who}")


def _is_staff(actor_id: str) -> bool:
    try:
        uuid.UUID(actor_id)
    except ValueError:
        return False
    return True
