"""Pages that say no: what is the matter, and what to do."""

from dataclasses import dataclass

from insurer.worklists.views.elements import Link, Trouble


@dataclass(frozen=True, slots=True)
class RefusalPage:
    """One refusal; ``number`` is the error number that support asks for, only for system faults."""

    status: int
    heading: str
    text: str
    ways: tuple[Link, ...] = ()
    problems: tuple[Trouble, ...] = ()
    number: str = ""
    words: tuple[tuple[str, str], ...] = ()
    """What the reader had written, label and text: it was not stored, and it is not lost."""


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One field with three values; nothing is chosen beforehand.

    ``field`` is the name under which the choice is sent, with the values behind the words; without it the
    row is only shown.
    """

    field: str
    label: str
    opened: str
    stored: str
    mine: str
    stored_value: str = ""
    mine_value: str = ""


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """Somebody was faster; the reader's own input is kept."""

    who: str
    when: str
    action: str
    version: str
    rows: tuple[ConflictRow, ...]
    same: int
    discard_href: str
    timeline_href: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    number: str = ""
    possible: str = ""
    """Why what was asked cannot be done any more; empty when it can, after a choice for each row."""
    mine: str = ""
    """What the reader had entered, as one text to copy."""


@dataclass(frozen=True, slots=True)
class SignInPage:
    """Sign-in: step one name and password, step two the code."""

    step: int = 1
    login: str = ""
    next: str = ""
    message: str = ""
    troubles: tuple[Trouble, ...] = ()
    hints: tuple[tuple[str, str, str], ...] = ()
    kept: str = ""
    """A form that came too late, as the text of one field."""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that came after the session had ended: where it belongs and what was entered in it."""

    action: str
    fields: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, str], ...] = ()
    had_files: bool = False
