"""The documents say what is so: map, generated pages, settings, decisions, words, links."""

import json
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import pytest

from insurer.claims.lifecycle import TABLE
from insurer.cli.describe import PAGES
from insurer.exclusions.check import check_lines
from insurer.notices.catalogue import CATALOGUE, NoticeKind
from insurer.platform.settings import Settings
from insurer.schemes.calculate import calculate
from tests.architecture.sources import ROOT, our_files, python_files, text_of

MAP = "ARCHITECTURE.md"
ROOM = re.compile(r"^\| `(insurer\.\w+|workers)` \|", re.MULTILINE)
SETTING = re.compile(r"^([A-Z][A-Z_]+)=", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`((?:insurer|tests|workers|docs|templates|migrations|\.ci)/[\w./-]*)`")
API = re.compile(r'^@api\(blueprint, "([^"]+)"', re.MULTILINE)
ROUTE = re.compile(r"^\| `(?:(?:GET|POST) )?(/[\w./{}]*)[^`]*` \|", re.MULTILINE)
SECTIONS = ("## Context", "## Decision", "## Consequences", "## What enforces it")

DOCUMENTS = [name for name in our_files() if name.endswith(".md")]
DECISIONS = [name for name in DOCUMENTS if name.startswith("docs/decisions/")]


class Asked(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        self.names.add(key)
        return default


def packages() -> set[str]:
    """Return the packages that are rooms."""
    parts = (PurePosixPath(name).parts for name in python_files("insurer"))
    return {f"insurer.{part[1]}" for part in parts if len(part) > 2} | {"workers"}


def sentence_layers(text: str) -> list[list[str]]:
    """Return the layers of the dependency sentence, the highest first."""
    sentence = text.split("**Dependency sentence.**", 1)[1].split(":", 1)[0]
    return [re.findall(r"`(\w+)`", layer) for layer in sentence.split("→")]


def broken_links(name: str, text: str) -> Iterator[str]:
    """Yield links to files that are not there."""
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        path = (ROOT / name).parent / unquote(target.split("#", 1)[0])
        if not path.exists():
            yield target


def faults_of_a_decision(name: str, text: str) -> list[str]:
    """Return what a decision page lacks."""
    faults = [section for section in SECTIONS if section not in text]
    number = PurePosixPath(name).name[:4]
    if not re.match(rf"# {number}\. \S", text):
        faults.append("a title with its number")
    if len(text.splitlines()) > 80:
        faults.append("brevity")
    return faults


def test_the_map_names_every_room_and_no_other() -> None:
    assert set(ROOM.findall(text_of(MAP))) == packages()


def test_the_dependency_sentence_is_what_the_import_rules_check() -> None:
    settings = tomllib.loads(text_of("pyproject.toml"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["id"] == "map")
    height = {
        name.strip().removeprefix("insurer."): -place
        for place, layer in enumerate(layers)
        for name in re.split(r"[|:]", layer)
    }
    told = sentence_layers(text_of(MAP))
    assert len(told) > 5
    names = [name for layer in told for name in layer]
    assert set(names) == set(height) - {"registry"}
    heights = [(max(height[name] for name in layer), min(height[name] for name in layer)) for layer in told]
    for (_, lowest), (highest, _) in pairwise(heights):
        assert lowest > highest


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert text_of(name) == PAGES[name](), "run .venv/bin/python -m insurer.cli.describe"


def test_the_settings_example_names_every_setting_and_no_other() -> None:
    asked = Asked()
    Settings.from_env(asked)
    assert set(SETTING.findall(text_of(".env.example"))) == asked.names


def test_defaults_in_the_settings_example_are_the_defaults() -> None:
    written = dict(line.split("=", 1) for line in text_of(".env.example").splitlines() if SETTING.match(line))
    assert Settings.from_env(written) == Settings.from_env({})


def test_the_interface_names_every_route_for_programs_and_no_other() -> None:
    declared = {
        ("/api/v1" if "/api/" in name else "") + re.sub(r"<[^>]*>", "{id}", rule)
        for name in python_files("insurer/web")
        for rule in API.findall(text_of(name))
    }
    named = set(ROUTE.findall(text_of("docs/interface.md")))
    assert len(declared) > 5
    assert named - {"/"} == declared


def test_every_letter_has_its_row_its_template_and_its_examples() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", text_of("docs/letters.md"), re.MULTILINE))
    assert rows == {kind.value for kind in NoticeKind}
    for entry in CATALOGUE.values():
        assert f"templates/letters/{entry.template}" in our_files()
        assert f"templates/letters/{entry.stylesheet}" in our_files()
    ordered = {found.notice for found in TABLE.values() if found.notice}
    assert ordered <= {kind.value for kind in NoticeKind}


def test_the_example_of_the_interface_is_calculated() -> None:
    example = re.search(r"```json\n(.+?)```", text_of("docs/interface.md"), re.DOTALL)
    assert example is not None
    result = calculate(json.loads(example[1]), check_lines)
    assert [one["status"] for one in result["settlements"]] == ["payable"]
    assert result["total"] == "4900.00"  # 9000 - 6000 + 800 in the catalogue, half of 200 + 2000 outside it


def test_decisions_are_numbered_and_complete() -> None:
    numbers = [PurePosixPath(name).name[:4] for name in DECISIONS]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
    assert {name: faults for name in DECISIONS if (faults := faults_of_a_decision(name, text_of(name)))} == {}


def test_every_link_between_documents_leads_somewhere() -> None:
    assert [f"{name}: {link}" for name in DOCUMENTS for link in broken_links(name, text_of(name))] == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        if page.is_dir():
            waiting += page.glob("*.md")
        elif page.suffix == ".md":
            links = (
                unquote(link.split("#", 1)[0]) for link in LINK.findall(page.read_text(encoding="utf-8"))
            )
            waiting += [(page.parent / link).resolve() for link in links if link and ":" not in link]
    lost = [name for name in DOCUMENTS if name.startswith("docs/") and ROOT / name not in reached]
    assert lost == []


def test_every_identifier_of_the_glossary_is_used() -> None:
    rows = [line.split("|") for line in text_of("docs/glossary.md").splitlines() if line.startswith("| ")]
    identifiers = {word for row in rows for word in re.findall(r"`([\w-]+)`", row[2])}
    assert len(identifiers) > 40
    code = "\n".join(text_of(name) for name in python_files("insurer", "workers"))
    words = set(re.findall(r"[\w-]+", code))
    assert sorted(identifiers - words) == []


def test_no_chinese_term_has_two_rows() -> None:
    rows = [line.split("|")[1].strip() for line in text_of("docs/glossary.md").splitlines() if "| `" in line]
    assert len(rows) == len(set(rows))


def test_files_that_the_documents_name_exist() -> None:
    known = set(our_files())
    folders = {str(parent) for name in known for parent in PurePosixPath(name).parents}
    wrong = []
    for name in DOCUMENTS:
        if name == "CHANGELOG.md":
            continue
        for word in re.findall(
            r"`((?:insurer|tests|workers|docs|templates|migrations|\.ci)/[\w./-]*)`", text_of(name)
        ):
            if word.rstrip("/") not in known | folders:
                wrong.append(f"{name}: {word}")
    assert wrong == []


def test_what_is_missing_is_seen() -> None:
    assert list(broken_links("docs/x.md", "[a](nowhere.md) [b](../README.md) [c](https://example.org)")) == [
        "nowhere.md"
    ]
    assert faults_of_a_decision("docs/decisions/0007-x.md", "# 0008. Title\n## Context\n") == [
        "## Decision",
        "## Consequences",
        "## What enforces it",
        "a title with its number",
    ]
    assert ROOM.findall("| `insurer.nowhere` | what |") == ["insurer.nowhere"]
    assert sentence_layers("**Dependency sentence.** `a`, `b` → `c`: and `d`.") == [["a", "b"], ["c"]]
    asked = Asked()
    asked.get("INSURER_NEW")
    assert asked.names == {"INSURER_NEW"}
