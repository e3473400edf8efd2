"""Names survive for display, match by a normal form and are found by initials."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insurer.people.masking import mask_account, mask_certno, mask_name, mask_phone
from insurer.people.reading.names import initials, name_key, pinyin_key, read_name, spelled


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ("王　芳", "王芳"),
        (" 王\u00a0芳 ", "王芳"),
        ("欧阳 娜娜", "欧阳娜娜"),
        ("阿不都 · 热合曼", "阿不都·热合曼"),
        ("Maria  Silva", "Maria Silva"),
    ],
)
def test_spaces_inside_a_name_go_and_are_reported(text: str, display: str) -> None:
    name = read_name(text)
    assert (name.display, name.repairs) == (display, ("spaces",))


@pytest.mark.parametrize(
    "name", ["𠮷田", "王䶮", "㐂子", "买买提•艾力", "买买提．艾力", "买买提・艾力", "李四"]
)
def test_rare_characters_and_dots_stay_as_written(name: str) -> None:
    assert read_name(name).display == name
    assert read_name(name).repairs == ()


def test_a_dot_of_any_kind_or_none_matches() -> None:
    spellings = [f"买买提{dot}艾力" for dot in ["·", "•", "‧", "・", "．", ".", "ㆍ", "･", " · ", ""]]
    assert {name_key(read_name(spelling).display) for spelling in spellings} == {"买买提艾力"}


def test_a_former_name_in_brackets_does_not_hinder_a_match() -> None:
    assert name_key("王芳（曾用名王小芳）") == name_key("王芳")
    assert name_key("（某）") != ""


@pytest.mark.parametrize("text", ["", "--", "—", "无", "/", "　", "？"])
def test_a_dash_or_a_word_for_nothing_is_no_name(text: str) -> None:
    assert read_name(text).display == ""


def test_a_private_character_of_old_fonts_becomes_the_real_one_or_warns() -> None:
    assert read_name("王\ue863") == read_name("王\ue863").__class__("王䶮", ("private_character",))
    assert read_name("王\uf000").warning == "glyph"
    assert read_name("王□").warning == "glyph"


def test_every_reading_gives_a_search_key() -> None:
    assert {"zxx", "cxx"} <= initials("曾小贤")
    assert initials("𠮷田") == {"jt"}
    assert {"sxx", "dxx", "cxx"} <= initials("单雄信")
    assert initials("Maria Silva") == {"ms"}
    assert "mmtal" in initials("买买提·艾力")


def test_names_sort_by_pinyin_with_the_surname_reading() -> None:
    names = ["张三", "曾小贤", "单雄信", "李四", "林一", "安妮", "\uf000某"]
    assert sorted(names, key=pinyin_key) == ["安妮", "李四", "林一", "单雄信", "曾小贤", "张三", "\uf000某"]


@settings(deadline=None)  # the dictionary of readings is loaded once
@given(st.text(max_size=12))
def test_reading_a_name_twice_changes_nothing_more(text: str) -> None:
    once = read_name(text).display
    again = read_name(once)
    assert again.display == once
    assert again.repairs == ()
    assert name_key(once) == name_key(once)
    assert len(initials(once)) <= 64
    assert "\0" not in once or "\0" in text


EVERYDAY = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=9)
OFTEN = st.text("曾单解仇尉迟长孙万俟行红国宇秀重乐王A·𠮷㐂\ue863（）", max_size=9)


@settings(deadline=None)
@given(st.one_of(EVERYDAY, OFTEN, st.text(max_size=6)))
def test_the_short_way_spells_as_the_long_one(name: str) -> None:
    assert spelled(name) == (tuple(sorted(initials(name))), pinyin_key(name))


def test_masks_hide_the_middle() -> None:
    assert mask_certno("320411196503071234") == "3204**********1234"
    assert mask_certno(" 320411 19650307 1234") == "␣3204**␣********␣1234"
    assert mask_certno("3204111965") == "**********"
    assert mask_name("曾小贤") == "曾**"
    assert mask_name("王　芳") == "王␣*"
    assert mask_phone("13812345678") == "138****5678"
    assert mask_phone("85101234") == "******34"
    assert mask_account("6228480012345678") == "************5678"
    assert mask_account("123") == "***"
