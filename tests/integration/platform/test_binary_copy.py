"""Rows in the binary format of COPY: the database reads back just what was written."""

import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insurer.platform.binary_copy import (
    NULL,
    Days,
    Words,
    copy_fields,
    day,
    document,
    field,
    framed,
    moment,
    number,
    several,
    words,
)

TABLE = (
    "CREATE TEMP TABLE IF NOT EXISTS kinds"
    " (a uuid, b bytea, c text, d text[], e bigint, f date, g timestamptz, h jsonb)"
)
COLUMNS = ("a", "b", "c", "d", "e", "f", "g", "h")
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
ROW = st.tuples(
    st.uuids(),
    st.binary(max_size=40),
    TEXT,
    st.lists(TEXT, max_size=3),
    st.integers(-(2**63), 2**63 - 1),
    st.dates(),
    st.integers(-(10**15), 10**15).map(
        lambda since: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=since)
    ),
    st.dictionaries(TEXT, TEXT | st.integers(-(2**40), 2**40), max_size=3),
)


def made(row: tuple[Any, ...]) -> bytes:
    a, b, c, d, e, f, g, h = row
    return b"".join(
        (
            field(a.bytes),
            field(b),
            words(c),
            several(tuple(d)),
            number(e),
            day(f),
            moment(g),
            document(orjson.dumps(h)),
        )
    )


def read_back(url: str, rows: list[bytes]) -> list[tuple[Any, ...]]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute(TABLE)
        copy_fields(connection, "kinds", COLUMNS, framed(COLUMNS, rows))
        return connection.execute("SELECT * FROM kinds").fetchall()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=4))
def test_every_type_comes_back_as_it_was(database_url: str, rows: list[tuple[Any, ...]]) -> None:
    assert read_back(database_url, list(map(made, rows))) == rows


def test_nothing_is_null(database_url: str) -> None:
    assert read_back(database_url, [NULL * 8]) == [(None,) * 8]


def test_a_moment_of_another_zone_is_the_same_moment(database_url: str) -> None:
    here = datetime(2026, 3, 1, 7, 30, 0, 123457, tzinfo=timezone(timedelta(hours=8)))
    row = NULL * 6 + moment(here) + NULL
    assert read_back(database_url, [row])[0][6] == here


def test_a_row_with_too_few_fields_is_refused_whole(database_url: str) -> None:
    with pytest.raises(psycopg.Error):
        read_back(
            database_url,
            [
                made(
                    (uuid.UUID(int=1), b"", "", [], 0, date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), {})
                )[:-6]
            ],
        )


def test_texts_and_days_that_come_again_are_made_once() -> None:
    known, days = Words(words("month")), Days()
    assert (known[""], known["农村低保"]) == (words("month"), words("农村低保"))
    assert known["农村低保"] is known["农村低保"]
    assert (days[""], days["2026-02-28"]) == (NULL, day(date(2026, 2, 28)))
