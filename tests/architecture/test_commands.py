"""Every command has help and stands in the documents, and the documents promise no other."""

import re
from collections.abc import Iterator
from importlib import import_module

import click
import pytest

from insurer.cli.main import COMMANDS, main
from tests.architecture.sources import our_files, text_of

DOCUMENT = "docs/interface.md"
LINE = re.compile(r"^\| `insurer ([a-z -]+?)` \|", re.MULTILINE)


def walk(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, by its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        words = f"{path} {name}".strip()
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield words, command
        if isinstance(command, click.Group):
            yield from walk(command, words)


def without_help(command: click.Command) -> list[str]:
    """Return what of a command is not explained: itself, or one of its options."""
    missing = [] if (command.help or command.short_help) else ["the command"]
    options = (one for one in command.params if isinstance(one, click.Option))
    return missing + [option.opts[0] for option in options if not option.help]


def differences(document: str, commands: set[str]) -> tuple[list[str], list[str]]:
    """Return commands that the document does not name, and names in the document that are no command."""
    named = set(LINE.findall(document))
    return sorted(commands - named), sorted(named - commands)


CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
CALL = re.compile(r"\binsurer ((?:[a-z]+(?:-[a-z]+)*)(?: [a-z]+(?:-[a-z]+)*)?)")


def calls(document: str) -> set[str]:
    """Return what a document calls after ``insurer`` in its code: one word, or two."""
    return {call for code in CODE.findall(document) for call in CALL.findall(code)}


ALL = dict(walk(main))
GROUPS = {words.rpartition(" ")[0] for words in ALL} - {""}
DOCUMENTS = [name for name in our_files() if name.endswith(".md") and "/node_modules/" not in name]


@pytest.mark.parametrize("words", ALL)
def test_a_command_and_its_options_have_help(words: str) -> None:
    assert without_help(ALL[words]) == []


def test_every_group_has_help() -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.help or command.short_help, name
        assert COMMANDS[name].help


def test_the_document_names_every_command_and_no_other() -> None:
    assert differences(text_of(DOCUMENT), set(ALL)) == ([], [])


def test_what_is_missing_is_seen() -> None:
    silent = click.Command("x", params=[click.Option(["--y"])])
    assert without_help(silent) == ["the command", "--y"]
    assert differences("| `insurer a b` | does |\n", {"c"}) == (["c"], ["a b"])


def test_calls_are_found_in_code_only() -> None:
    text = "insurer does; `insurer demo --once`, ```\nbin/insurer db upgrade\n```, `insurer claims import F`"
    assert calls(text) == {"demo", "db upgrade", "claims import"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_a_document_names_exists(name: str) -> None:
    known = set(ALL) | GROUPS
    unknown = {call for call in calls(text_of(name)) if call not in known and call.split()[0] not in ALL}
    assert unknown == set()


def test_every_benchmark_that_make_runs_can_be_run() -> None:
    line = re.search(r"^BENCHMARKS \?=(.*)$", text_of("Makefile"), re.MULTILINE)
    assert line is not None
    for name in line.group(1).split():
        assert callable(import_module(f"benchmarks.{name}").main)
