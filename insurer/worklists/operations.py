"""What somebody keeps of a list: saving and dropping views, choosing columns and the height of rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from insurer.accounts.permissions import ROLE_WORDS, require
from insurer.kernel.errors import Invalid, NotFound, Problem
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.worklists.listing import ListKind
from insurer.worklists.preferences import DENSITIES, MOST_VIEWS, open_view
from insurer.worklists.tables import ListSetting, SavedView

LONGEST_NAME: Final = 16


def save_view(
    session: UnitSession,
    *,
    actor: Actor,
    list_name: str,
    name: str,
    conditions: Mapping[str, str],
    shared_role: str = "",
    as_default: bool = False,
    now: datetime,
) -> UUID:
    """Keep conditions and sorting of a list under a name; the same name again replaces one's own view.

    ``shared_role`` lets everybody of that role see it too. :class:`Invalid` for a name that is empty or too
    long, an unknown role, or too many views.
    """
    require(actor, "signed_in")
    staff_id, name = _staff(actor), " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        words = f"名称写 1 到 {LONGEST_NAME} 个字"
        raise Invalid("视图没有存", (Problem("name", words),))
    if shared_role and shared_role not in ROLE_WORDS:
        raise Invalid("视图没有存", (Problem("shared_role", "没有这个岗位，请重选"),))
    own = (SavedView.staff_id == staff_id, SavedView.list_name == list_name)
    known = session.scalar(select(SavedView).where(*own, SavedView.name == name).with_for_update())
    if known is None:
        if (session.scalar(select(func.count()).where(*own)) or 0) >= MOST_VIEWS:
            words = f"最多存 {MOST_VIEWS} 个视图。先删掉不用的"
            raise Invalid("视图没有存", (Problem("name", words),))
        known = SavedView(
            id=new_id(), staff_id=staff_id, list_name=list_name, name=name, conditions={}, created_at=now
        )
        session.add(known)
    known.conditions = dict(conditions)
    known.shared_role = shared_role or None
    session.flush()
    if as_default:
        _set(session, staff_id, list_name, view_id=known.id)
    data = {"list": list_name, "shared_role": shared_role, "default": as_default}
    note(session, actor, "worklist:view:saved", ("saved_view", known.id), now=now, data=data)
    return known.id


def drop_view(session: UnitSession, *, actor: Actor, list_name: str, view_id: UUID, now: datetime) -> None:
    """Delete one's own view; :class:`NotFound` for another's."""
    require(actor, "signed_in")
    gone = session.execute(
        delete(SavedView)
        .where(SavedView.id == view_id, SavedView.staff_id == _staff(actor), SavedView.list_name == list_name)
        .returning(SavedView.id)
    ).one_or_none()
    if gone is None:
        raise NotFound("没有这个视图，或者它是别人的")
    data = {"list": list_name}
    note(session, actor, "worklist:view:dropped", ("saved_view", view_id), now=now, data=data)


def choose_default(session: UnitSession, *, actor: Actor, list_name: str, view_id: UUID | None) -> None:
    """Let the list open with a view that one may see, or (``None``) with everything."""
    require(actor, "signed_in")
    if view_id is not None:
        open_view(session, actor=actor, list_name=list_name, view_id=view_id)
    _set(session, _staff(actor), list_name, view_id=view_id)


def choose_columns(session: UnitSession, *, actor: Actor, kind: ListKind, keys: Sequence[str]) -> None:
    """Show these columns in this order; without any, those of the start. Unknown ones are left out."""
    require(actor, "signed_in")
    known = [key for key in dict.fromkeys(keys) if kind.column(key) is not None]
    _set(session, _staff(actor), kind.name, columns=known)


def choose_density(session: UnitSession, *, actor: Actor, list_name: str, density: str) -> None:
    """Set the height of the rows of a list; :class:`Invalid` for an unknown word."""
    require(actor, "signed_in")
    if density not in DENSITIES:
        raise Invalid("没有这种行距", (Problem("density", "请选紧、中或松"),))
    _set(session, _staff(actor), list_name, density=density)


def _set(session: UnitSession, staff_id: UUID, list_name: str, **values: object) -> None:
    fresh = insert(ListSetting).values(staff_id=staff_id, list_name=list_name, **{"columns": [], **values})
    statement = fresh.on_conflict_do_update(index_elements=["staff_id", "list_name"], set_=values)
    session.execute(statement)


def _staff(actor: Actor) -> UUID:
    if actor.staff_id is None:
        raise Invalid("只有登录的职员有自己的视图和列")
    return actor.staff_id
