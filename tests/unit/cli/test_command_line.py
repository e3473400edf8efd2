"""The command line: quick to answer, plain in its refusals."""

import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from insurer.cli.lazy import Lazy, LazyGroup, Root
from insurer.cli.main import COMMANDS, main
from insurer.kernel.errors import Invalid, Problem

ROOT = Path(__file__).resolve().parents[3]


def paths(group: click.Group, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return every command with its sub-commands."""
    context = click.Context(group)
    found: list[tuple[str, ...]] = [before]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found += paths(command, (*before, name)) if isinstance(command, click.Group) else [(*before, name)]
    return found


EVERY = paths(main)


def run(*arguments: str, **more: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "insurer.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, **more)  # type: ignore[call-overload,no-any-return]


def test_the_promised_commands_are_there() -> None:
    present = set(main.list_commands(click.Context(main)))
    assert {"calculate", "check-items", "roster", "claims", "serve", "worker", "scheduler"} <= present
    assert {"audit", "db", "user", "demo"} <= present


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_explains_itself_in_chinese(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert any("一" <= letter <= "鿿" for letter in result.output)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_imports_nothing_heavy(name: str) -> None:
    """Time is what a person feels; imports are what can be counted on a busy machine."""
    if name and name not in main.list_commands(click.Context(main)):
        pytest.skip("this command does not exist yet")
    program = (
        "import sys; from insurer.cli.main import main;"
        f"\ntry:\n main({[name, '--help'] if name else ['--help']!r})\nexcept SystemExit:\n pass\n"
        "heavy = {'sqlalchemy', 'flask', 'weasyprint', 'redis', 'rq', 'alembic', 'psycopg', 'numpy'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.endswith("HEAVY []\n")


def test_help_answers_within_half_a_second() -> None:
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        assert run("--help").returncode == 0
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "没有“nowhere”这个命令"),
        (["--nothing"], "没有 --nothing 这个选项"),
        (["user", "add", "wangfang"], "缺少 '--name'"),
        (["user", "add", "wangfang", "--name", "王芳", "--role", "king"], "没有“king”这个岗位"),
        (["roster", "import", "/nowhere.xlsx", "--scheme", "nowhere", "--month", "2026-01"], "没有项目"),
    ],
)
def test_wrong_usage_is_one_plain_message(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def failing(error: BaseException) -> Root:
    """Return a root whose only command fails."""

    def fail() -> None:
        raise error

    class OneCommand(Root):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return ["fail"]

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return click.Command("fail", callback=fail)

    return OneCommand("insurer", lazy={})


def test_a_refusal_names_each_problem_on_a_line_of_its_own() -> None:
    problems = (
        Problem("setl_id", "没有填", "a.json 第 1 行"),
        Problem("hifp_pay", "不是金额", "a.json 第 9 行"),
    )
    result = CliRunner().invoke(failing(Invalid("有 2 处要改", problems)), ["fail"])
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "有 2 处要改",
        "a.json 第 1 行 setl_id：没有填",
        "a.json 第 9 行 hifp_pay：不是金额",
    ]
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "已停止"),
        (FileNotFoundError(2, "No such file", "/nowhere/a.json"), 2, "/nowhere/a.json：没有这个文件"),
        (PermissionError(13, "denied", "/root/a.json"), 2, "没有权限"),
        (click.ClickException("不行"), 2, "不行"),
        (ValueError("320411199001011234"), 70, "编号 E-"),
    ],
)
def test_every_end_has_its_code_and_words(error: BaseException, code: int, words: str) -> None:
    result = CliRunner().invoke(failing(error), ["fail"])
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert "320411199001011234" not in result.stderr


def test_a_command_without_its_module_is_not_listed() -> None:
    group = LazyGroup("x", lazy={"gone": Lazy("insurer.cli.nowhere:gone", "gone")})
    context = click.Context(group)
    assert group.list_commands(context) == []
    assert group.get_command(context, "gone") is None


def test_whoever_stops_reading_is_no_fault() -> None:
    done = subprocess.run(
        f"{sys.executable} -m insurer.cli.main --help | head -1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.stderr == ""
