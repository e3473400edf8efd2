"""Sealing: a value opens in its own place, with its own key, and nowhere else."""

import base64
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.kernel.errors import Invalid, Unavailable
from insurer.platform.crypto import Keyring, load_keyring

PLACE = "person:certno:00000000-0000-7000-8000-000000000001"
OTHER_ROW = "person:certno:00000000-0000-7000-8000-000000000002"
OTHER_COLUMN = "person:name:00000000-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return load_keyring(tmp_path_factory.mktemp("keys") / "keys.json", create=True)


@given(value=st.text(), place=st.text(min_size=1, max_size=80))
def test_what_was_sealed_opens_in_its_place(keyring: Keyring, value: str, place: str) -> None:
    value, place = (text.encode(errors="ignore").decode() for text in (value, place))
    assert keyring.open(keyring.seal(value, place), place) == value


@pytest.mark.parametrize("place", [OTHER_ROW, OTHER_COLUMN, ""])
def test_a_ciphertext_that_was_moved_does_not_open(keyring: Keyring, place: str) -> None:
    sealed = keyring.seal("320411199001011234", PLACE)
    with pytest.raises(Unavailable):
        keyring.open(sealed, place)


def test_a_changed_ciphertext_does_not_open(keyring: Keyring) -> None:
    sealed = keyring.seal("320411199001011234", PLACE)
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises((Unavailable, IndexError)):
            keyring.open(bytes(changed), PLACE)


def test_the_same_value_looks_different_each_time(keyring: Keyring) -> None:
    assert len({keyring.seal("same", PLACE) for _ in range(50)}) == 50


@given(values=st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=20), max_size=6))
def test_many_values_are_sealed_as_each_alone(keyring: Keyring, values: list[str]) -> None:
    places = [f"person:certno:{place}" for place in range(len(values))]
    sealed = keyring.seal_each(values, places)
    opened = [keyring.open(blob, place) if blob else "" for blob, place in zip(sealed, places, strict=True)]
    assert opened == values
    assert len({blob for blob in sealed if blob}) == sum(map(bool, values))


@given(values=st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=20), max_size=6))
def test_many_values_are_hashed_as_each_alone(keyring: Keyring, values: list[str]) -> None:
    blind = keyring.blinder("certno")
    assert [blind(value) for value in values] == [keyring.blind(value, "certno") for value in values]


def test_a_blind_index_is_the_same_for_one_purpose_only(keyring: Keyring) -> None:
    assert keyring.blind("a", "certno") == keyring.blind("a", "certno")
    assert keyring.blind("a", "certno") != keyring.blind("a", "phone")
    assert keyring.blind("a", "certno") != keyring.blind("b", "certno")
    assert len(keyring.blind("a", "certno")) == 32


def test_a_keyring_does_not_show_its_keys(keyring: Keyring) -> None:
    shown = repr(keyring)
    for key in (keyring.index_key, keyring.audit_key, keyring.web_key):
        assert repr(key) not in shown


def rotated(path: Path) -> None:
    content = json.loads(path.read_text())
    content["data"]["k2"] = base64.b64encode(os.urandom(32)).decode()
    content["current"] = "k2"
    path.write_text(json.dumps(content))


def test_after_a_rotation_old_values_open_and_new_ones_name_the_new_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    before = load_keyring(path, create=True)
    old = before.seal("value", PLACE)
    rotated(path)
    after = load_keyring(path, create=False)
    assert after.open(old, PLACE) == "value"
    new = after.seal("value", PLACE)
    assert new[1:3] == b"k2"
    with pytest.raises(Unavailable, match="密钥"):
        before.open(new, PLACE)
    assert after.blind("a", "certno") == before.blind("a", "certno")


def test_a_lost_key_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="INSURER_KEYS_FILE"):
        load_keyring(tmp_path / "missing.json", create=False)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"data": {"k1": "short"}}', '{"current": "k9", "data": {}}']
)
def test_a_broken_key_file_is_said_plainly(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys.json").write_text(content)
    with pytest.raises(Invalid):
        load_keyring(tmp_path / "keys.json", create=True)


def test_a_current_key_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    load_keyring(path, create=True)
    path.write_text(json.dumps({**json.loads(path.read_text()), "current": "k9"}))
    with pytest.raises(Invalid, match="k9"):
        load_keyring(path, create=False)


def test_the_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    load_keyring(tmp_path / "keys.json", create=True)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "keys.json"]


def test_an_existing_key_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = load_keyring(path, create=True)
    second = load_keyring(path, create=True)
    assert first.index_key == second.index_key


def test_several_who_start_together_end_with_one_key_file(tmp_path: Path) -> None:
    # Processes, not threads, start together in life; the draft's name tells them apart.
    import subprocess
    import sys

    command = (
        "import sys; from pathlib import Path; from insurer.platform.crypto import load_keyring;"
        "print(load_keyring(Path(sys.argv[1]), create=True).index_key.hex())"
    )

    def start(_number: int) -> str:
        arguments = [sys.executable, "-c", command, str(tmp_path / "keys.json")]
        return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1
