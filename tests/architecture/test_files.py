"""What every file of the checkout keeps to: its size, its name, its words."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.architecture.sources import BUILT, our_files, python_files, text_of

LONGEST = 400
LONG_FOR_A_REASON: dict[str, str] = {}
"""Files that may be longer, each with its reason."""

NO_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "stuff"})

REGISTRIES = re.compile(
    r'"resolved"\s*:|--(?:extra-)?index[-]url[ =]|^registry\s*=\s*\S+:', re.IGNORECASE | re.MULTILINE
)
"""How a file would name the place packages come from; locks hold hashes, the machine knows the place."""

OF_ONE_MACHINE = re.compile(r"(?<![\w.:/-])/(?:builds|work(?:space)?|home/[\w-]+|Users/[\w-]+)/\w")
BINARY = frozenset({".png", ".xlsx", ".xls", ".pdf", ".woff2", ".ico", ".zip", ".jpg"})


def too_long(name: str, text: str) -> bool:
    """A file that does not fit a reader's head is two files."""
    checked = PurePosixPath(name).suffix in (".py", ".js", ".html", ".css")
    return checked and text.count("\n") > LONGEST and name not in LONG_FOR_A_REASON


def unnamed(name: str) -> bool:
    """A module is named after what it is about."""
    path = PurePosixPath(name)
    return path.suffix in (".py", ".js") and bool(
        NO_NAMES & {part.lower() for part in (*path.parts, path.stem)}
    )


def foreign_words(text: str) -> Iterator[str]:
    """Yield hosts of package registries and paths of one machine."""
    for pattern in (REGISTRIES, OF_ONE_MACHINE):
        yield from (found.group() for found in pattern.finditer(text))


def _texts() -> Iterator[tuple[str, str]]:
    for name in our_files():
        if PurePosixPath(name).suffix not in BINARY and not name.startswith("tests/data/"):
            try:
                yield name, text_of(name)
            except UnicodeDecodeError:
                continue  # sample input in another encoding


def test_no_file_is_longer_than_it_may_be() -> None:
    assert [f"{name}: {text.count(chr(10))} lines" for name, text in _texts() if too_long(name, text)] == []


def test_exceptions_are_still_needed() -> None:
    assert [name for name in LONG_FOR_A_REASON if text_of(name).count("\n") <= LONGEST] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name for name in our_files() if unnamed(name)] == []


def test_package_files_are_empty() -> None:
    packages = [name for name in python_files("insurer", "workers", "tests") if name.endswith("/__init__.py")]
    assert packages
    assert [name for name in packages if text_of(name).strip()] == []


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    own = "tests/architecture/test_files.py"
    found = [f"{name}: {word}" for name, text in _texts() if name != own for word in foreign_words(text)]
    assert found == []


def test_nothing_built_or_secret_is_among_the_files() -> None:
    built = [name for name in our_files() if BUILT & set(PurePosixPath(name).parts)]
    secret = [name for name in our_files() if name.endswith((".env", ".pem", ".key", "keys.json"))]
    assert built + secret == []


@pytest.mark.parametrize(
    ("name", "lines", "refused"),
    [
        ("insurer/claims/rules.py", LONGEST + 1, True),
        ("insurer/claims/rules.py", LONGEST, False),
        ("templates/pages/x.html", LONGEST + 1, True),
        ("docs/x.md", 5 * LONGEST, False),
    ],
)
def test_the_length_rule_sees_what_it_forbids(name: str, lines: int, refused: bool) -> None:
    assert too_long(name, "x\n" * lines) is refused


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("insurer/claims/utils.py", True),
        ("insurer/common/x.py", True),
        ("insurer/web/static/js/helpers.js", True),
        ("insurer/claims/rules.py", False),
        ("docs/common.md", False),
    ],
)
def test_the_name_rule_sees_what_it_forbids(name: str, refused: bool) -> None:
    assert unnamed(name) is refused


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("--extra-index-{} x".format("url"), True),
        ('"resolved": "//example.org/x.tgz"', True),
        ("registry=ftp://example.org/", True),
        ("a registry of jobs = a list", False),
        ("reads /home/anna/data.csv", True),
        ("reads /workspace/desk/x", True),
        ("pypinyin gives the sound", False),
        ("https://example.org/home/anna/x", False),
        ("/var/lib/insurer/home", False),
        ("tests/data/builds/x", False),
    ],
)
def test_the_word_rule_sees_what_it_forbids(text: str, refused: bool) -> None:
    assert bool(list(foreign_words(text))) is refused
