"""收件登记: whose papers they are, the sheet that is keyed in, what became of it, files of records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from insurer.worklists.views.documents import EntryGroup
from insurer.worklists.views.elements import Banner, Choice, Link, Paging, Tone, Trouble, ViewTab
from insurer.worklists.views.people import PersonRow


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A sheet that waits to be finished."""

    href: str
    name: str
    hospital: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class IntakeStart:
    """The start of intake: who it is for, drafts to go on with, files."""

    asked: str
    rows: tuple[PersonRow, ...]
    note: str
    drafts: tuple[DraftRow, ...]
    find_action: str
    stranger_href: str
    files_href: str


@dataclass(frozen=True, slots=True)
class CoverAnswer:
    """Whether somebody is covered on the day of the settlement, and what says so."""

    tone: Tone
    shape: str
    text: str
    reason: str
    source: Link | None = None


@dataclass(frozen=True, slots=True)
class PaperTick:
    """One kind of paper in the list of what was handed in."""

    code: str
    word: str
    needed: bool
    why: str
    instead: str
    ticked: bool
    pages: str
    form: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that came before, with the way to it."""

    words: str
    link: Link
    status: str


@dataclass(frozen=True, slots=True)
class Whose:
    """The person of a sheet; a stranger's name and number are typed."""

    person: str
    name: str
    masked_id: str
    about: str
    href: str
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastedRow:
    """One pasted fee line: its place, its number as messages count it, its cells, what is wrong with it."""

    place: int
    number: int
    cells: tuple[str, ...]
    note: str
    editing: bool


@dataclass(frozen=True, slots=True)
class PastedLines:
    """One page of the pasted fee lines; ``at`` is the row being changed, ``new`` the cells of one to add."""

    heads: tuple[str, ...]
    fields: tuple[str, ...]
    rows: tuple[PastedRow, ...]
    new: tuple[str, ...]
    at: str
    summary: str
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class EntryPage:
    """The sheet as it stands, typed values and all."""

    whose: Whose
    values: Mapping[str, str]
    left: tuple[EntryGroup, ...]
    right: tuple[EntryGroup, ...]
    line_rows: tuple[tuple[str, ...], ...]
    line_fields: tuple[tuple[str, str], ...]
    pasted: PastedLines
    papers: tuple[PaperTick, ...]
    other_papers: tuple[PaperTick, ...]
    lacking: str
    applicants: tuple[Choice, ...]
    cover: CoverAnswer
    action: str
    draft: str
    saved_at: datetime | None
    troubles: tuple[Trouble, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    hits: tuple[Hit, ...] = ()
    may_confirm: bool = True
    checked: str = ""
    code_note: str = ""


@dataclass(frozen=True, slots=True)
class IntakeDone:
    """What became of a sheet: its case, its receipt, what is still missing."""

    number: str
    href: str
    name: str
    amount: int | None
    status: str
    hint: str
    papers: tuple[tuple[str, int], ...]
    lacking: tuple[tuple[str, str], ...]
    receipt_action: str
    upload_href: str
    next_href: str
    filed_before: tuple[Banner, ...] = ()


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One file of records that was uploaded."""

    href: str
    file: str
    at: datetime
    by: str
    records: int
    status: str


@dataclass(frozen=True, slots=True)
class UploadsPage:
    """Files of records, the newest first, and the form for another."""

    rows: tuple[UploadRow, ...]
    action: str
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record of a file: where it stands, what would become of it or what became of it."""

    where: str
    setl_id: str
    outcome: str
    words: str
    link: Link | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UploadPage:
    """The effect of one file of records, before or after it was written."""

    file: str
    at: datetime
    by: str
    state: str
    records: int
    counts: Mapping[str, int]
    tabs: tuple[ViewTab, ...]
    rows: tuple[RecordRow, ...]
    confirm_action: str = ""
    discard_action: str = ""
    errors_href: str = ""
    paging: Paging | None = None
    applied: str = ""
