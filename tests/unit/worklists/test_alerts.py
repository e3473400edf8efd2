"""What the page of a calculation warns of, in the words of the desk."""

import pytest

from insurer.worklists.alerts import alerts_of


@pytest.mark.parametrize(
    ("value", "written"),
    [("20000.00", "20,000.00 元"), ("0.00", "0.00 元"), ("60%", "60%"), ("1/2", "1/2"), ("30", "30")],
)
def test_a_figure_that_is_not_settled_is_written_as_people_read_it(value: str, written: str) -> None:
    figure = {"label": "其他自付年度限额", "value": value, "status": "placeholder"}
    [alert] = alerts_of({"provisional": [figure]})
    assert f"其他自付年度限额 {written}（占位数）" in alert.text
