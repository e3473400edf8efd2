"""人员: the search and one person with cover, identities and cases."""

from dataclasses import dataclass
from datetime import date

from insurer.worklists.views.elements import Paging, SideRow


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person found; numbers are masked."""

    href: str
    name: str
    sex: str
    age: int | None
    masked_id: str
    town: str
    category: str
    cover: str
    cases: int


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """The search; nothing is listed before something was asked."""

    asked: str
    rows: tuple[PersonRow, ...]
    paging: Paging | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CoverSpan:
    """One span on the cover timeline; positions in thousandths of the shown time."""

    track: int
    start: int
    width: int
    text: str
    kind: str = "cover"


@dataclass(frozen=True, slots=True)
class CoverFact:
    """One dated fact behind the timeline."""

    what: str
    since: date | None
    until: date | None
    source: str
    recorded_on: date | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PersonCase:
    """One case of the person."""

    number: str
    kind: str
    hospital: str
    settled_on: date | None
    amount: int | None
    status: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person."""

    name: str
    sex: str
    age: int | None
    masked_id: str
    facts: tuple[SideRow, ...]
    tracks: tuple[str, ...]
    ticks: tuple[tuple[int, str], ...]
    spans: tuple[CoverSpan, ...]
    cover: tuple[CoverFact, ...]
    cases: tuple[PersonCase, ...]
    used: tuple[tuple[int, int, int], ...] = ()
    reveal_action: str = ""
    revealed: str = ""
    deceased: str = ""
