"""The renderer: nothing from outside, nothing blank, nothing that cannot be drawn."""

import logging
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fontTools.ttLib import TTFont

from insurer.kernel.errors import Invalid
from insurer.platform.fonts import (
    FACES,
    build_fonts,
    find_font,
    font_face_css,
    frequent_characters,
    uncovered,
)
from insurer.platform.rendering import (
    LetterAssetRefused,
    LetterGlyphMissing,
    LetterIncomplete,
    render_html,
    render_pdf,
)

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)


def page(body: str, head: str = "") -> str:
    return f'<html lang="zh-CN"><head><title>样张</title>{head}</head><body>{body}</body></html>'


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a letter opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize(
    ("body", "head"),
    [
        ('<img src="http://letters.invalid/logo.png">', ""),
        ('<img src="https://letters.invalid/logo.png">', ""),
        ('<img src="ftp://letters.invalid/logo.png">', ""),
        ('<img src="file:///etc/hostname">', ""),
        ('<img src="letterfont:letter-serif-regular.otf">', ""),
        ('<object data="file:///etc/hostname"></object>', ""),
        ("", '<link rel="attachment" href="file:///etc/hostname">'),
        ("", '<link rel="stylesheet" href="http://letters.invalid/a.css">'),
        ("", '<style>@import url("file:///etc/a.css");</style>'),
        ("<p>字</p>", '<style>p { background: url("http://letters.invalid/b.png") }</style>'),
        (
            "<p>字</p>",
            '<style>@font-face { font-family: x; src: url("http://letters.invalid/f.otf") }</style>',
        ),
    ],
)
def test_refuses_every_url_but_data(body: str, head: str) -> None:
    with pytest.raises(LetterAssetRefused, match="已拦下"):
        render_pdf(page(body, head), identifier="x", created_on=NOON)


@pytest.mark.usefixtures("no_sockets")
def test_loads_nothing_from_inside_an_svg(tmp_path: Path) -> None:
    canary = tmp_path / "canary.svg"
    canary.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="9">CANARY</text></svg>')
    image = f"<image href='{canary.as_uri()}' width='9' height='9'/>"
    inner = quote(f"<svg xmlns='http://www.w3.org/2000/svg'>{image}</svg>")
    source = page(f'<p>字</p><img alt="" src="data:image/svg+xml,{inner}">')
    try:
        content = render_pdf(source, identifier="x", created_on=NOON)
    except Invalid:
        return
    assert b"CANARY" not in content


def test_allows_a_data_image() -> None:
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    content = render_pdf(
        page(f'<p>字</p><img alt="点" src="data:image/png;base64,{dot}">'), identifier="x", created_on=NOON
    )
    assert content.startswith(b"%PDF-1.7")


def test_style_mistakes_stop_a_letter() -> None:
    with pytest.raises(Invalid, match="排版有问题"):
        render_pdf(page("<p>字</p>", "<style>p { colour: red }</style>"), identifier="x", created_on=NOON)


def test_listens_to_its_own_letter_only() -> None:
    before = len(logging.getLogger("weasyprint").handlers)
    with pytest.raises(Invalid):
        render_pdf(page("<p>字</p>", "<style>p { colour: red }</style>"), identifier="x", created_on=NOON)
    assert len(logging.getLogger("weasyprint").handlers) == before


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        render_pdf(page("<p>字</p>"), identifier="x", created_on=datetime(2026, 1, 5))  # noqa: DTZ001


def test_identifier_and_moment_are_part_of_the_bytes() -> None:
    source = page("<p>字</p>")
    first = render_pdf(source, identifier="a", created_on=NOON)
    assert render_pdf(source, identifier="a", created_on=NOON) == first
    assert render_pdf(source, identifier="b", created_on=NOON) != first
    assert render_pdf(source, identifier="a", created_on=NOON.replace(hour=5)) != first


def test_a_missing_glyph_is_refused_by_name() -> None:
    with pytest.raises(LetterGlyphMissing, match=r"U\+E123"):
        render_pdf(page("<p>\ue123</p>"), identifier="x", created_on=NOON)


def test_an_undefined_value_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ payee }}", encoding="utf-8")
    with pytest.raises(LetterIncomplete, match="payee") as caught:
        render_html("a.html", {}, folder=tmp_path)
    assert caught.value.problems[0].field == "payee"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_blank_value_is_refused(tmp_path: Path, value: object) -> None:
    (tmp_path / "a.html").write_text("{{ payee }}", encoding="utf-8")
    with pytest.raises(LetterIncomplete, match="空的"):
        render_html("a.html", {"payee": value}, folder=tmp_path)


def test_zero_is_not_blank(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ fen|yuan }}", encoding="utf-8")
    assert "0.00" in render_html("a.html", {"fen": 0}, folder=tmp_path)


def test_renders_with_system_fonts_when_none_are_built(tmp_path: Path) -> None:
    assert font_face_css(tmp_path) == ""
    content = render_pdf(page("<p>陆𠮷䶮</p>"), identifier="x", created_on=NOON, fonts=tmp_path)
    assert content.startswith(b"%PDF-1.7")


def test_built_fonts_hold_what_was_asked_and_are_reproducible(tmp_path: Path) -> None:
    face = FACES[0]
    first = build_fonts(tmp_path / "a", faces=(face,), characters="理赔〔〕￥")[0]
    time.sleep(1.1)  # a font carries the second of its making, unless told not to
    second = build_fonts(tmp_path / "b", faces=(face,), characters="理赔〔〕￥")[0]
    assert first.read_bytes() == second.read_bytes()
    assert set(TTFont(first).getBestCmap()) == {ord(char) for char in "理赔〔〕￥"}
    assert face.file_name in font_face_css(tmp_path / "a")


def test_built_fonts_are_used_and_the_system_fills_the_gaps(tmp_path: Path) -> None:
    build_fonts(tmp_path, faces=FACES[:1], characters="理赔")
    style = ["p { font-family: var(--serif) }"]
    small = render_pdf(
        page("<p>理赔</p>"), identifier="x", created_on=NOON, stylesheets=style, fonts=tmp_path
    )
    both = render_pdf(
        page("<p>理赔𠮷</p>"), identifier="x", created_on=NOON, stylesheets=style, fonts=tmp_path
    )
    assert b"Letter-Serif" in names_in(small) and b"Noto" not in names_in(small)
    assert b"Letter-Serif" in names_in(both) and b"Noto" in names_in(both)


def names_in(content: bytes) -> bytes:
    from io import BytesIO

    import pypdf

    reader = pypdf.PdfReader(BytesIO(content))
    return b" ".join(
        str(font.get_object()["/BaseFont"]).encode()
        for font in reader.pages[0]["/Resources"]["/Font"].values()
    )


def test_frequent_characters_cover_gb2312_and_signs() -> None:
    chars = frequent_characters()
    assert 7_000 < len(chars) < 10_000
    assert set("啊齄〔〕￥𠮷䶮堃喆¥") <= chars
    assert uncovered(["".join(sorted(chars - {" "}))]) == ()


def test_a_font_that_is_not_installed_is_not_found() -> None:
    assert find_font("NoSuchFont.ttc") is None
