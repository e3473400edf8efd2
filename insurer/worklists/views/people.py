"""人员: the search and one person with cover, identities and cases."""

from dataclasses import dataclass
from datetime import date

from insurer.worklists.views.elements import Banner, Choice, Link, SideRow, Trouble
from insurer.worklists.views.lists import ListParts


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
    tasks: int = 0
    village: str = ""
    known_on: date | None = None
    """Since when the person is known to the desk."""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """The people of a programme as a list, and the search, whose words stand in no address."""

    parts: ListParts
    asked: str
    rows: tuple[PersonRow, ...]
    find_action: str = ""
    note: str = ""
    more: tuple[Link, ...] = ()
    towns: tuple[Choice, ...] = ()
    categories: tuple[Choice, ...] = ()
    covers: tuple[Choice, ...] = ()
    tasks: tuple[Choice, ...] = ()
    """Empty for who does not look into people."""


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
class GroundRow:
    """One row of a file (or a file that says nothing) behind an answer."""

    says: str
    source: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """Was the person covered on a day: yes or no, because of what."""

    day: date
    covered: bool
    because: str
    grounds: tuple[GroundRow, ...]


@dataclass(frozen=True, slots=True)
class RosterMonth:
    """One month on the register, and where it stands; ``counts`` is false where a later file replaced it."""

    month: date
    category: str
    insurance: str
    place: str
    family: str
    approved: str
    change: str
    source: str
    href: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """One identity with its interval, who certifies it and when its loss was decided."""

    category: str
    since: str
    lost: str
    body: str


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
    day: DayAnswer | None = None
    asked_day: str = ""
    day_trouble: str = ""
    href: str = ""
    months: tuple[RosterMonth, ...] = ()
    identities: tuple[IdentityRow, ...] = ()
    family: tuple[Link, ...] = ()
    flags: tuple[Banner, ...] = ()
    told: tuple[SideRow, ...] = ()
    reveal_troubles: tuple[Trouble, ...] = ()
