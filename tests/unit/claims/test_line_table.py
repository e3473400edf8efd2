"""A pasted table changed row by row: what is not touched stays as it was pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.claims.line_table import table_of
from insurer.claims.sheet_lines import lines_of_text

PASTED = "\n".join(
    (
        "项目名称\t单价\t数量\t金额\t等级\t自费\t科室",
        "CT\t100\t1\t100\t甲\t0\t放射科",
        "敷料\t5\t2\t10\t丙\t10\t外科",
        "合计\t\t\t110\t\t10\t",
    )
)
CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=8)


def test_rows_are_counted_as_messages_count_them() -> None:
    table = table_of(PASTED)
    assert (len(table.rows), table.first) == (3, 2)
    assert table.cells(0)["medins_list_name"] == "CT"
    assert [table.is_total(place) for place in range(3)] == [False, False, True]
    assert table_of("敷料\t5\t2\t10").first == 1


def test_a_changed_row_keeps_the_columns_that_nobody_knows() -> None:
    text = table_of(PASTED).put(1, {"det_item_fee_sumamt": "12", "medins_list_name": "敷料 "}).text
    assert "敷料\t5\t2\t12\t丙\t10\t外科" in text
    assert "放射科" in text and text.startswith("项目名称\t")


def test_a_row_is_added_at_the_end_and_taken_away() -> None:
    table = table_of(PASTED)
    more = table.put(None, {"medins_list_name": "挂号", "det_item_fee_sumamt": "1"})
    assert [row["medins_list_name"] for row in lines_of_text(more.text).rows] == ["CT", "敷料", "挂号"]
    less = more.without(0)
    assert [row["medins_list_name"] for row in lines_of_text(less.text).rows] == ["敷料", "挂号"]


def test_a_column_that_the_table_lacks_is_added_when_it_is_filled() -> None:
    table = table_of("项目名称\t金额\nCT\t100")
    text = table.put(0, {"pric": "50", "cnt": "2", "chrgitm_lv": ""}).text
    assert text == "项目名称\t金额\t单价\t数量\nCT\t100\t50\t2"
    (row,) = lines_of_text(text).rows
    assert (row["pric"], row["cnt"], row["det_item_fee_sumamt"]) == ("50", "2", "100")


def test_a_table_without_heads_gets_them_once_it_is_changed() -> None:
    text = table_of("敷料\t5\t2\t10\t丙\t10").put(0, {"cnt": "3"}).text
    assert text.startswith("项目名称\t单价\t数量\t金额\t等级\t全自费\n敷料\t5\t3\t10\t丙\t10")
    assert lines_of_text(text).rows[0]["chrgitm_lv"] == "03"


def test_the_last_row_taken_away_leaves_nothing() -> None:
    assert table_of("敷料\t5\t2\t10").without(0).text == ""


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_nothing_pasted_is_an_empty_table_to_which_rows_are_added(text: str) -> None:
    table = table_of(text)
    assert table.rows == () and table.text == ""
    made = table.put(None, {"medins_list_name": "挂号", "det_item_fee_sumamt": "1"})
    assert lines_of_text(made.text).rows[0]["medins_list_name"] == "挂号"


@given(st.lists(st.lists(CELL, min_size=3, max_size=6), min_size=1, max_size=5), st.data())
def test_other_rows_stay_as_they_were(rows: list[list[str]], data: st.DataObject) -> None:
    text = "\n".join("\t".join(row) for row in [["项目名称", "金额", "单价"], *rows])
    table = table_of(text)
    place = data.draw(st.integers(0, len(table.rows) - 1))
    changed = table_of(table.put(place, {"det_item_fee_sumamt": "7"}).text)
    assert len(changed.rows) == len(table.rows)
    for at, row in enumerate(table.rows):
        if at != place:
            assert changed.rows[at][: len(row)] == row
