"""Kinds of file: what they were saved as, in which encoding, and what is not opened at all."""

import io
import zipfile
from typing import Any

import pytest
import xlwt

from insurer.kernel.errors import Invalid, TooLarge
from insurer.people.reading.gate import Limits
from tests.factories.roster_files import HEADER, A, B, C, codes, person, read, xlsx


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
    ],
)
def test_delimited_text_is_read_in_every_office_encoding(encoding: str, reported: str) -> None:
    for separator in (",", "\t"):
        lines = [HEADER, person("𠮷䶮·某", A), person("李四", f'="{B}"')]
        text = "\r\n".join(separator.join(str(cell) for cell in line) for line in lines)
        roster = read(text.encode(encoding), "名册.csv")
        assert roster.encoding == reported
        assert [(row.name, row.certno, row.row) for row in roster.accepted] == [
            ("𠮷䶮·某", A, 2),
            ("李四", B, 3),
        ]
        assert roster.sheets[0].name == "名册"


def test_scientific_notation_in_text_is_malformed() -> None:
    text = "姓名,身份证号,类别\n王芳,3.20411E+17,低保\n"
    assert codes(read(text.encode(), "a.csv")) == ["certno_malformed"]


def test_a_web_page_called_xls_is_read_with_its_spans() -> None:
    page = f"""<html><head><meta charset=gb2312><style>td{{mso-number-format:"@"}}</style></head><body>
    <table><tr><td colspan=5>低保对象名单</td></tr>
    <tr><th>镇街</th><th>户主姓名</th><th>姓名</th><th>身份证<br>号码</th><th>类别</th></tr>
    <tr><td rowspan=2>薛家镇</td><td rowspan="2">王大</td><td>王大</td><td>{A}</td><td>低保</td></tr>
    <tr><td>王&nbsp;芳</td><td>{B}</td><td>低保</td></tr>
    <tr><td>罗溪镇</td><td>李四</td><td>李四</td><td>{C}</td><td>低保</td></tr></table></body></html>"""
    roster = read(page.encode("gb18030"), "导出.xls")
    assert roster.encoding == "gb18030"
    assert [(row.town, row.householder, row.name, row.certno) for row in roster.accepted] == [
        ("薛家镇", "王大", "王大", A),
        ("薛家镇", "王大", "王芳", B),
        ("罗溪镇", "李四", "李四", C),
    ]


def test_an_old_workbook_is_read_with_merges_and_numeric_cells_told_apart() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("薛家镇")
    for column, words in enumerate(HEADER):
        sheet.write(0, column, words)
    for index, row in enumerate([person("王大", A), person("王芳", int(B[:17]) * 10), person("李四", C)], 1):
        for column, cell in enumerate(row):
            if column != 1 or index == 3:
                sheet.write(index, column, cell)
    sheet.write_merge(1, 2, 1, 1, "薛家镇")
    stream = io.BytesIO()
    book.save(stream)
    roster = read(stream.getvalue(), "名册.xls")
    assert [(row.name, row.town) for row in roster.accepted] == [("王大", "薛家镇"), ("李四", "薛家镇")]
    assert codes(roster) == ["certno_numeric_cell"]


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return stream.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"\x00\x00", "空的"),
        (b"PK\x03\x04broken", "不完整"),
        (archive(a_xml=b"<a/>"), "不是名册表格"),
        (archive(xl__workbook_xml=b"<w/>", xl__vbaProject_bin=b"x"), "宏"),
        (archive(xl__workbook_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><w/>'), "外部定义"),
        (archive(xl__workbook_xml=b"<w/>"), "打不开"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (OLE + "_VBA_PROJECT_CUR".encode("utf-16-le"), "宏"),
        (OLE, "打不开"),
        (b"%PDF-1.7 x", "不是名册表格"),
        (b"<?xml version='1.0'?><Workbook/>", "XML"),
        ("姓名,地址\n王芳,常州\n".encode(), "表头"),
        (b"\x81\xff\xff\x00 not text", "编码"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_in_plain_words(content: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        read(content, "名册.xlsx")
    assert caught.value.problems


def test_a_locked_archive_asks_for_the_password_to_be_removed() -> None:
    content = bytearray(xlsx(("一", [HEADER])))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as whole:
        offset = whole.start_dir
    content[offset + 8] |= 1
    with pytest.raises(Invalid, match="密码"):
        read(bytes(content))


def test_a_bomb_is_counted_while_unpacking_and_refused() -> None:
    with pytest.raises(TooLarge, match="解开后"):
        read(archive(xl__workbook_xml=b"<w/>", xl__media_bin=b"0" * 3_000_000))
    with pytest.raises(TooLarge, match="解开后"):
        read(xlsx(("一", [HEADER])), limits=Limits(unpacked=500))
    with pytest.raises(TooLarge, match="超过"):
        read(b"x" * 2_000_000, limits=Limits(received=1_000_000))


def test_one_cell_in_the_far_corner_does_not_make_the_reader_lay_out_the_whole_sheet() -> None:
    def far(book: Any, sheets: dict[str, Any]) -> None:
        sheets["一"].write_string(1_048_575, 16_383, "x")

    with pytest.raises(TooLarge, match="第 1048576 行"):
        read(xlsx(("一", [HEADER, person("王芳", A)]), change=far))


def test_a_directory_that_lies_about_sizes_is_refused() -> None:
    content = xlsx(("一", [HEADER, person("王芳", A)]))
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        start = whole.start_dir
    lying = bytearray(content)
    lying[start + 24 : start + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Invalid, match="不完整"):
        read(bytes(lying))


def test_a_village_roster_with_a_header_in_three_rows_is_read() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    sheet.write_merge(0, 0, 0, 8, "某村2026年1月城市居民最低生活保障金发放名册")
    for column, words in (
        (0, "序号"),
        (1, "户主姓名"),
        (2, "低保证号"),
        (3, "身份证号码"),
        (8, "领款人签字(章)"),
    ):
        sheet.write_merge(1, 3, column, column, words)
    sheet.write_merge(1, 2, 4, 5, "保障人数")
    sheet.write_merge(1, 1, 6, 7, "领取金额")
    for column, words in ((4, "重点保障人数"), (5, "残疾人数"), (6, "家庭补差"), (7, "重点救助60元")):
        sheet.write(3, column, words)
    sheet.write_merge(2, 2, 6, 7, "（元）")
    for index, (name, certno) in enumerate((("王大", A), ("李四", B)), 4):
        for column, cell in enumerate((index - 3, name, f"C{index}", certno, 1, 0, 350, 60, "")):
            sheet.write(index, column, cell)
    sheet.write(6, 0, "合计")
    sheet.write(6, 6, 700)
    stream = io.BytesIO()
    book.save(stream)
    roster = read(stream.getvalue(), "城保名册.xls")
    assert [(r.row, r.name, r.certno, r.card_no, r.relation, r.categories) for r in roster.accepted] == [
        (5, "王大", A, "C4", "户主", ("min_living_allowance",)),
        (6, "李四", B, "C5", "户主", ("min_living_allowance",)),
    ]
    assert [(skip.row, skip.why) for skip in roster.skipped] == [(7, "合计行")]
    assert roster.rejected == ()
