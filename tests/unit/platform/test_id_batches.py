"""Identifiers made together: valid, ascending, all different, and the same as text and as bytes."""

import time
import uuid

import pytest

from insurer.platform.id_batches import as_texts, new_ids, new_keys


@pytest.mark.parametrize("count", [0, 1, 5, 4096])
def test_ids_made_together_ascend_and_are_of_version_seven(count: int) -> None:
    before = time.time_ns() // 1_000_000
    keys = new_keys(count)
    after = time.time_ns() // 1_000_000
    made = [uuid.UUID(bytes=key) for key in keys]
    assert len(set(keys)) == count
    assert all(one.version == 7 and one.variant == uuid.RFC_4122 for one in made)
    assert all(before <= one.int >> 80 <= after for one in made)
    assert [one.int >> 64 for one in made] == sorted(one.int >> 64 for one in made)
    assert as_texts(keys) == [str(one) for one in made]


def test_text_ids_are_ids() -> None:
    made = new_ids(20)
    assert [str(uuid.UUID(one)) for one in made] == made
