"""What a member of staff keeps of a list: views, columns, height of rows. Reads; the writing is beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select

from insurer.accounts.permissions import ROLE_WORDS
from insurer.accounts.tables import Staff
from insurer.kernel.errors import NotAllowed, NotFound
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.tables import ListSetting, SavedView

DENSITIES: Final[dict[str, str]] = {"dense": "紧", "medium": "中", "loose": "松"}
MOST_VIEWS: Final = 12
"""So many saved views stand as tabs, each with its count."""


@dataclass(frozen=True, slots=True)
class KeptView:
    """A saved view: what it asks for, whose it is, for whom it is."""

    id: UUID
    name: str
    conditions: Mapping[str, str]
    own: bool
    owner: str
    shared_role: str = ""

    @property
    def shared_word(self) -> str:
        """Return the word of the role it is shared with."""
        return ROLE_WORDS.get(self.shared_role, "")


@dataclass(frozen=True, slots=True)
class Preferences:
    """How somebody wants a list; the defaults where he chose nothing."""

    columns: tuple[str, ...] = ()
    density: str = ""
    default_view: UUID | None = None
    views: tuple[KeptView, ...] = ()

    def view(self, view_id: UUID | None) -> KeptView | None:
        """Return one of the views that this person sees."""
        return next((view for view in self.views if view.id == view_id), None)


def load_preferences(session: UnitSession, *, actor: Actor, list_name: str) -> Preferences:
    """Return the reader's choices for a list: own views first, then those shared to his roles."""
    staff_id = actor.staff_id
    if staff_id is None:
        return Preferences()
    setting = session.get(ListSetting, (staff_id, list_name), populate_existing=True)
    rows = session.execute(
        select(SavedView, Staff.name)
        .join(Staff, Staff.id == SavedView.staff_id)
        .where(
            SavedView.list_name == list_name,
            or_(SavedView.staff_id == staff_id, SavedView.shared_role.in_(sorted(actor.roles))),
        )
        .order_by((SavedView.staff_id != staff_id), SavedView.created_at, SavedView.id)
        .limit(MOST_VIEWS)
    )
    views = tuple(_view(row, owner, staff_id) for row, owner in rows)
    if setting is None:
        return Preferences(views=views)
    return Preferences(tuple(str(key) for key in setting.columns), setting.density, setting.view_id, views)


def open_view(session: UnitSession, *, actor: Actor, list_name: str, view_id: UUID) -> KeptView:
    """Return a saved view; :class:`NotFound` when there is none, :class:`NotAllowed` when it is another's."""
    row = session.execute(
        select(SavedView, Staff.name)
        .join(Staff, Staff.id == SavedView.staff_id)
        .where(SavedView.id == view_id, SavedView.list_name == list_name)
    ).one_or_none()
    if row is None:
        raise NotFound("没有这个视图，可能已经删掉。请从列表上方选一个")
    view = _view(row[0], row[1], actor.staff_id)
    if not view.own and view.shared_role not in actor.roles:
        raise NotAllowed(f"“{view.name}”是{view.owner}自己的视图，没有给您的岗位。要用，请他改成共享")
    return view


def _view(row: SavedView, owner: str, staff_id: Any) -> KeptView:
    conditions = {str(key): str(value) for key, value in row.conditions.items()}
    return KeptView(row.id, row.name, conditions, row.staff_id == staff_id, owner, row.shared_role or "")
