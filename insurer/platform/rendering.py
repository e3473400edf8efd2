"""Letters: strict Jinja to HTML, HTML to PDF, and nothing from outside.

A letter leaves complete or not at all: an undefined or empty value, a character that no font can draw,
a resource that may not be loaded, each stops it with a Chinese reason. The same input gives the same bytes.
Nothing here knows what a notice is; ``insurer.notices`` brings the values, ``templates/letters`` the words.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pikepdf
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, UndefinedError
from markupsafe import Markup
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from insurer.kernel.dates import SHANGHAI, chinese_date
from insurer.kernel.errors import Invalid, Problem
from insurer.kernel.money import display, in_words
from insurer.platform.fonts import (
    ALLOWED_FAMILIES,
    BUILT_FONTS,
    FACES,
    FONT_STACKS,
    font_face_css,
    uncovered,
)

LETTER_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "letters"

# WeasyPrint tells of broken resources and bad CSS through this logger only.
_LOG = logging.getLogger("weasyprint")


class LetterIncomplete(Invalid):
    """A value that the letter needs is missing or empty; ``problems`` names it."""


class LetterAssetRefused(Invalid):
    """The letter asked for a resource other than its own ``data:`` URLs."""


class LetterGlyphMissing(Invalid):
    """A character of the letter is in none of the fonts, so it would print as a box."""


def _no_blank(value: Any) -> Any:
    """Refuse to print nothing: the last guard against a blank field in a letter."""
    if value is None or (isinstance(value, str) and not isinstance(value, Markup) and not value.strip()):
        raise LetterIncomplete("通知书里有一处是空的，没有生成。请补齐资料后重新生成")
    return value


def _nowrap(value: Any) -> Markup:
    """Keep an amount, date or number together on one line."""
    return Markup('<span class="nowrap">{}</span>').format(_no_blank(value))


@lru_cache(maxsize=4)
def letter_environment(folder: Path = LETTER_TEMPLATES) -> Environment:
    """Return the Jinja environment of letters: escaping, strict, with its own few filters."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_no_blank,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: dict[str, Callable[..., Any]] = {
        "yuan": lambda fen: Markup('<span class="nowrap">{}</span>').format(display(fen)),
        "words": in_words,
        "day": lambda day: Markup('<span class="nowrap">{}</span>').format(chinese_date(day)),
        "nowrap": _nowrap,
    }
    environment.filters.update(filters)
    return environment


def render_html(template: str, values: Mapping[str, Any], *, folder: Path = LETTER_TEMPLATES) -> str:
    """Fill a letter template; :class:`LetterIncomplete` names what is undefined or empty."""
    try:
        return letter_environment(folder).get_template(template).render(values)
    except UndefinedError as error:
        raise LetterIncomplete(
            f"通知书缺少内容，没有生成：{error.message}。请补齐资料后重新生成",
            (Problem(field=_undefined_name(error), message="模板用到的这一项没有值", code="missing"),),
        ) from error
    except TemplateError as error:
        raise LetterIncomplete(f"通知书模板 {template} 读不出来：{error.message}") from error


def _undefined_name(error: UndefinedError) -> str:
    # Jinja quotes the name: "'payee' is undefined" or "'... object' has no attribute 'payee'".
    quoted = (error.message or "").split("'")
    return quoted[-2] if len(quoted) > 1 else "template"


class _DataOnlyFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Loads ``data:`` URLs; everything else is fatal, including what WeasyPrint would only log."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)


class _FontFetcher(URLFetcher):  # type: ignore[misc]
    """Loads the built font files by their bare names, for the one style sheet that declares them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=("letterfont",), allow_redirects=False, fail_on_errors=True)
        self._folder = folder

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        scheme, _, name = url.partition(":")
        if scheme != "letterfont" or name not in {face.file_name for face in FACES}:
            raise ValueError(f"not a letter font: {url}")
        return URLFetcherResponse(url, (self._folder / name).read_bytes(), {"Content-Type": "font/otf"})


class _Faces(threading.local):
    """Pango font maps are not thread-safe, so every thread has its own, kept for all its letters."""

    def __init__(self) -> None:
        self.by_folder: dict[Path, tuple[FontConfiguration, list[CSS]]] = {}
        self.sheets: dict[str, CSS] = {}

    def fonts(self, folder: Path) -> tuple[FontConfiguration, list[CSS]]:
        if folder not in self.by_folder:
            configuration = FontConfiguration()
            stacks = "".join(
                f":root{{--{name}:{','.join(repr(family) for family in families)}}}"
                for name, families in FONT_STACKS.items()
            )
            css = CSS(
                string=font_face_css(folder) + stacks,
                font_config=configuration,
                url_fetcher=_FontFetcher(folder),
            )
            self.by_folder[folder] = (configuration, [css])
        return self.by_folder[folder]

    def sheet(self, text: str) -> CSS:
        if text not in self.sheets:
            self.sheets[text] = CSS(string=text, url_fetcher=_DataOnlyFetcher())
        return self.sheets[text]


_faces = _Faces()


class _Complaints(logging.Handler):
    """Collects what WeasyPrint logs while one letter is made by this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread = threading.get_ident()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.messages.append(record.getMessage())


def render_pdf(
    html: str,
    *,
    identifier: str,
    created_on: datetime,
    stylesheets: Sequence[str] = (),
    fonts: Path = BUILT_FONTS,
) -> bytes:
    """Make the PDF/A-3a (tagged, archivable) of one letter.

    ``identifier`` goes into the file's id and ``created_on`` (an aware moment) into its dates, so that
    rendering again gives the same bytes with the same fonts and libraries. ``stylesheets`` are CSS texts.
    Raises :class:`LetterAssetRefused` for any URL but ``data:``, :class:`LetterGlyphMissing` for a
    character nobody can draw, :class:`Invalid` when the page layout complains.
    """
    if created_on.tzinfo is None:
        raise ValueError("created_on needs a time zone")
    configuration, face_sheets = _faces.fonts(fonts)
    complaints = _Complaints()
    _LOG.addHandler(complaints)
    try:
        sheets = [_faces.sheet(text) for text in stylesheets]
        source = HTML(string=html, url_fetcher=_DataOnlyFetcher())
        _refuse_missing_glyphs(source.etree_element.itertext(), stylesheets)
        document = source.render(font_config=configuration, stylesheets=face_sheets + sheets)
        moment = created_on.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        document.metadata.created = document.metadata.modified = moment
        pdf = document.write_pdf(
            pdf_variant="pdf/a-3a", pdf_identifier=hashlib.sha256(identifier.encode()).digest()[:16]
        )
    except FatalURLFetchingError as error:
        raise LetterAssetRefused(_blocked(error)) from error
    except RecursionError as error:
        raise Invalid("通知书内容嵌套太深，没有生成") from error
    finally:
        _LOG.removeHandler(complaints)
    if complaints.messages:
        raise Invalid("通知书排版有问题，没有生成：" + "；".join(complaints.messages))
    strangers = {font.family for font in document.fonts.values()} - ALLOWED_FAMILIES
    if strangers:
        raise LetterGlyphMissing(f"通知书用到了没有准备的字体：{'、'.join(sorted(strangers))}")
    return bytes(pdf)


def _refuse_missing_glyphs(texts: Iterable[str], stylesheets: Sequence[str]) -> None:
    missing = uncovered((*texts, *stylesheets))
    if missing:
        shown = "、".join(f"“{char}”（U+{ord(char):04X}）" for char in missing)
        raise LetterGlyphMissing(
            f"有 {len(missing)} 个字现有字库打不出来：{shown}。请核对姓名用字，或请管理员装上含这个字的字库",
            tuple(Problem("character", "字库里没有这个字", char, "glyph_missing") for char in missing),
        )


def _blocked(error: FatalURLFetchingError) -> str:
    quoted = str(error).split('"')
    url = quoted[1] if len(quoted) > 1 else ""
    # The path may carry personal data; scheme and host are enough to find the template's mistake.
    parts = urlsplit(url)
    return f"通知书要取用外部内容（{parts.scheme}://{parts.netloc}），已拦下，没有生成。请改模板"


def issue_moment(day: Any) -> datetime:
    """Return the moment that stands in a letter's file for its date: noon in Shanghai."""
    return datetime.combine(day, time(12), SHANGHAI)


def merge_pdfs(letters: Sequence[bytes], *, duplex: bool = False) -> bytes:
    """Join letters into one print file in the order given; the same letters give the same bytes.

    ``duplex`` adds an empty page after a letter with an odd number of pages, so that each begins on
    its own sheet when printed on both sides.
    """
    if not letters:
        raise Invalid("没有可以打印的通知书")
    with pikepdf.new() as joined:
        for content in letters:
            with pikepdf.open(BytesIO(content)) as letter:
                joined.pages.extend(letter.pages)
                if duplex and len(letter.pages) % 2:
                    box = letter.pages[-1].mediabox
                    size = (float(box[2]) - float(box[0]), float(box[3]) - float(box[1]))
                    joined.add_blank_page(page_size=size)
        target = BytesIO()
        joined.save(target, deterministic_id=True)
    return target.getvalue()
