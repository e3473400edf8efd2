"""Rows of a roster by columns."""

import itertools

from insurer.people.reading.row_store import Batch
from tests.factories.roster_files import number, person, single

_SERIALS = itertools.count()


def batch(*names: str, category: str = "农村低保", **others: object) -> Batch:
    rows = [person(name, number(next(_SERIALS)), category, **others) for name in names]
    return Batch.of(list(single(*rows).accepted))


def test_batches_joined_have_the_rows_of_each_in_order() -> None:
    parts = [batch("王芳"), batch("李静", "阿依古丽·买买提"), batch("𠮷田", category="城市低保")]
    joined = Batch.joined(parts)
    assert joined.rows() == [row for part in parts for row in part.rows()]
    assert joined.size == 4


def test_a_value_that_all_share_stays_shared() -> None:
    columns = {**batch("王芳").document()["columns"], "sheet": "名册", "name_key": None}
    others = {**batch("李静").document()["columns"], "sheet": "名册"}
    joined = Batch.joined([Batch(columns, 1), Batch(others, 1)])
    assert joined.single("sheet") == "名册"
    assert joined.column("name_key") == ["王芳", "李静"]
