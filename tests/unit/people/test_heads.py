"""How columns are shown to be understood, and how a sender's words for them are followed."""

from datetime import date

import pytest

from insurer.kernel.errors import Invalid, TooLarge
from insurer.people.reading.columns import Field, head_key, header_field, understood
from insurer.people.reading.confined_books import heads_confined
from insurer.people.reading.heads import automatic, describe_heads
from insurer.people.reading.roster import read_roster
from insurer.platform.settings import USUAL_READING, ReadingLimits
from tests.factories.hostile_files import bomb
from tests.factories.roster_files import HEADER, A, B, person, xlsx

OWN = ["编号", "对象", "证件", "救助", "乡镇"]
ROWS = [["1", "王芳", A, "农村低保", "薛家镇"], ["2", "李小四", B, "城市低保", "罗溪镇"]]
HEADS = {"对象": "psn_name", "证件": "certno", "救助": "category"}


def test_words_mean_what_their_sender_says_and_nothing_afterwards() -> None:
    assert header_field("对象") is None
    with understood({"对象": "psn_name", "备注": ""}):
        assert header_field(" 对象（全）") is None
        assert header_field("对　象：") is Field.NAME
        assert header_field("备注") is None
        assert header_field("身份证号") is Field.CERTNO
    assert header_field("对象") is None
    assert header_field("备注") is Field.REMARK


def test_a_file_with_words_of_its_own_is_read_by_them() -> None:
    content = xlsx(("名单", [["名单"], OWN, *ROWS]))
    with pytest.raises(Invalid, match="没有找到表头"):
        read_roster(content, "名册.xlsx", date(2026, 1, 1))
    file = read_roster(content, "名册.xlsx", date(2026, 1, 1), heads=HEADS)
    assert [(row.name, row.certno, row.town) for row in file.accepted] == [
        ("王芳", A, "薛家镇"),
        ("李小四", B, "罗溪镇"),
    ]


def test_each_column_is_described_with_a_masked_cell() -> None:
    content = xlsx(("名册", [["常州市新北区低保名单"], HEADER, person("王小芳", A)]))
    (sheet,) = describe_heads(content, "名册.xlsx", {})
    assert (sheet.name, sheet.row, sheet.found) == ("名册", 2, True)
    shown = {column.words: (column.letters, column.field, column.sample) for column in sheet.columns}
    assert shown["身份证号"] == ("H", "certno", "*" * 14 + A[-4:])
    assert shown["姓名"] == ("G", "psn_name", "王**")
    assert shown["序号"] == ("A", "", "1")
    assert shown["保障类别"][1:] == ("category", "农***")
    assert A not in str(sheet)


def test_a_header_that_nobody_knows_is_supposed_where_most_words_stand() -> None:
    content = xlsx(("名单", [["名单"], OWN, *ROWS]))
    (sheet,) = describe_heads(content, "名册.xlsx", {})
    assert (sheet.row, sheet.found) == (2, False)
    assert [(column.words, column.field) for column in sheet.columns] == [
        ("编号", ""),
        ("对象", ""),
        ("证件", ""),
        ("救助", ""),
        ("乡镇", "town"),
    ]
    (known,) = describe_heads(content, "名册.xlsx", HEADS)
    assert known.found
    assert [column.field for column in known.columns] == ["", "psn_name", "certno", "category", "town"]


def test_the_key_of_words_is_free_of_signs() -> None:
    assert head_key(" 对　象：（全） ") == "对象全"
    assert automatic("身份证号") == "certno"
    assert automatic("对象") == ""


def test_the_child_describes_the_same_and_refuses_what_is_hostile() -> None:
    content = xlsx(("名单", [["名单"], OWN, *ROWS]))
    there = heads_confined(content, "名册.xlsx", HEADS, USUAL_READING)
    assert there == describe_heads(content, "名册.xlsx", HEADS)
    with pytest.raises(TooLarge, match="解开后大得不合常理"):
        heads_confined(bomb(), "名册.xlsx", {}, USUAL_READING)
    with pytest.raises(TooLarge, match="用完了允许的内存"):
        heads_confined(content, "名册.xlsx", {}, ReadingLimits(memory_mb=60))
