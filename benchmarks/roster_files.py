"""Invented rosters of any size for the roster benchmark: two consecutive months, as xlsx and as csv.

Nobody in them exists. The second month differs as months do: about 1 % new people, 2.5 % changed rows (half
of them telephone or account, half the bureau's facts), 1.2 % gone, 0.2 % with a mistyped check character.
"""

import random
import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from insurer.people.reading.certno import check_character

HEADER: Final = (
    "镇街",
    "村居",
    "低保证号",
    "户主姓名",
    "与户主关系",
    "姓名",
    "身份证号",
    "保障类别",
    "享受起始年月",
    "联系电话",
    "开户行",
    "银行账号",
)
Row = tuple[str, ...]
_TOWNS = ("春江街道", "孟河镇", "薛家镇", "罗溪镇", "西夏墅镇", "新桥街道", "奔牛镇", "河海街道")
_BANKS = ("江南农村商业银行", "中国农业银行", "中国邮政储蓄银行", "中国工商银行")
_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
)
_GIVEN = "国华建军志强明金水根福平海伟林峰涛杰辉斌超磊刚勇飞生贵荣兴文武泽宇浩秀英芳桂兰梅丽静娟燕玲霞娜红凤"
_RELATIONS = ("户主", "配偶", "儿子", "女儿")
_NEW, _CHANGED, _GONE, _BAD = 0.010, 0.025, 0.012, 0.002


def _people(first: int, last: int, rng: random.Random) -> Iterator[Row]:
    """Yield the people with the serials from ``first`` to ``last`` in households of up to four."""
    serial = first
    while serial < last:
        town = _TOWNS[rng.randrange(8)]
        village = f"{town[:2]}{rng.randrange(1, 40)}村"
        card = f"DB{32041100000 + serial}"
        start = f"20{rng.randrange(5, 25):02d}-{rng.randrange(1, 13):02d}"
        category = ("农村低保", "城市低保", "单人保")[min(rng.randrange(12) // 5, 2)]
        bank = _BANKS[rng.randrange(4)]
        account = f"62284{10**13 + serial * 7}"
        head = ""
        for place in range(min(rng.randrange(1, 5), last - serial)):
            name = rng.choice(_FAMILY) + rng.choice(_GIVEN) + rng.choice(("", *_GIVEN))
            head = head or name
            # 28 years, 12 months, 28 days and 500 numbers a day: every serial has its own number
            day, of_day = divmod(serial, 500)
            rest, day = divmod(day, 28)
            year, month = divmod(rest, 12)
            number = f"320411{1935 + year}{month + 1:02d}{day + 1:02d}{of_day + 100:03d}"
            yield (
                town,
                village,
                card,
                head,
                _RELATIONS[place],
                name,
                number + check_character(number),
                category,
                start,
                f"138{serial:08d}",
                bank,
                account,
            )
            serial += 1


def first_month(rows: int) -> Iterator[Row]:
    """Yield the people of the first month."""
    return _people(0, rows, random.Random(7))


def second_month(rows: int) -> Iterator[Row]:
    """Yield the people of the second month: the first with the changes that a month brings."""
    rng = random.Random(8)
    for row in first_month(rows):
        chance = rng.random()
        if chance < _GONE:
            continue
        cells = list(row)
        if chance < _GONE + _BAD:
            cells[6] = cells[6][:17] + ("1" if cells[6][17] != "1" else "2")
        elif chance < _GONE + _BAD + _CHANGED / 2:
            if rng.random() < 0.5:
                cells[9] = f"139{rng.randrange(10**8):08d}"
            else:
                cells[11] = f"62170{rng.randrange(10**13, 10**14)}"
        elif chance < _GONE + _BAD + _CHANGED:
            cells[7] = "农村低保" if cells[7] != "农村低保" else "城市低保"
        yield tuple(cells)
    yield from _people(rows, rows + int(rows * _NEW), rng)


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write a roster as UTF-8 csv."""
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(HEADER) + "\r\n")
        file.writelines(",".join(row) + "\r\n" for row in rows)


_SHEET = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<worksheet xmlns="{}"><dimension ref="A1:L1048576"/><sheetData>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="名册" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
}


def write_xlsx(path: Path, rows: Iterable[Row]) -> None:
    """Write a roster as an office program does: every text once, in the table of shared strings."""
    shared: dict[str, int] = {}
    columns = "ABCDEFGHIJKL"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, words in _PARTS.items():
            archive.writestr(name, words)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET.format(_MAIN).encode())
            for index, row in enumerate(chain([HEADER], rows), 1):
                cells = "".join(
                    f'<c r="{column}{index}" t="s"><v>{shared.setdefault(cell, len(shared))}</v></c>'
                    for column, cell in zip(columns, row, strict=True)
                )
                sheet.write(f'<row r="{index}" spans="1:12">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as strings:
            strings.write(f'<sst xmlns="{_MAIN}" uniqueCount="{len(shared)}">'.encode())
            for word in shared:
                strings.write(f"<si><t>{word}</t></si>".encode())
            strings.write(b"</sst>")
