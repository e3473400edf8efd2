"""Command groups that import a command only when it is called, and that answer refusals in plain words."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple, NoReturn

import click

from insurer.kernel.errors import InsurerError

BAD_INPUT = 2
SOFTWARE = 70
"""Exit code for a fault of ours (``EX_SOFTWARE``): neither the input's nor the result's."""


class Lazy(NamedTuple):
    """Where a command is (``module:name``) and its one line of help, so that listing imports nothing."""

    target: str
    help: str


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._lazy = dict(lazy)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they were written down."""
        return [name for name, lazy in self._lazy.items() if _exists(lazy)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        lazy = self._lazy.get(cmd_name)
        if lazy is None or not _exists(lazy):
            return None
        module, _, name = lazy.target.partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("命令 / Commands"):
            formatter.write_dl([(name, self._lazy[name].help) for name in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say in Chinese which ones there are."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            known = "、".join(self.list_commands(ctx))
            raise click.UsageError(f"没有“{args[0]}”这个命令。可用的有：{known}", ctx)
        return super().resolve_command(ctx, args)


class Root(LazyGroup):
    """The outermost group: a refusal is one line a problem and exit code 2, never a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line and leave with its exit code."""
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            if not standalone_mode:
                return code
            sys.exit(code if isinstance(code, int) else 0)
        except Exception as error:
            if not standalone_mode:
                raise
            _leave(error)
        except KeyboardInterrupt:
            _leave(click.Abort())


_WORDS_OF_SYSTEM = {
    2: "没有这个文件，请核对路径",
    13: "没有权限，请换一个用户或改文件权限",
    17: "已经有同名的文件",
    20: "路径里有一段不是文件夹",
    21: "这是文件夹，请给一个文件",
    28: "磁盘满了，请腾出空间再试",
}


def _leave(error: Exception) -> NoReturn:
    """Answer what went wrong in plain words and leave with its exit code."""
    match error:
        case InsurerError():
            _refuse(error)
        case click.UsageError():
            _say(_usage(error))
            sys.exit(BAD_INPUT)
        case click.ClickException():
            _say(error.format_message())
            sys.exit(BAD_INPUT)
        case click.Abort():
            _say("已停止。")
            sys.exit(130)
        case BrokenPipeError():
            # Whoever read our output has gone; that is no fault, and Python must not complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        case OSError() if error.filename:
            _say(f"{error.filename}：{_WORDS_OF_SYSTEM.get(error.errno or 0, '读不了或写不了')}")
            sys.exit(BAD_INPUT)
        case _:
            _confess(error)


def _refuse(error: InsurerError) -> NoReturn:
    """Write one readable line for each problem."""
    _say(error.message)
    for problem in error.problems:
        if str(problem) != error.message:
            _say(str(problem))
    sys.exit(BAD_INPUT)


def _usage(error: click.UsageError) -> str:
    """Say what is wrong with the way a command was called, and where its help is."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    context = error.ctx
    path = context.command_path if context is not None else "insurer"
    return f"{_wrong_usage(error)}\n用法见 {path} --help"


def _wrong_usage(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"没有 {error.option_name} 这个选项"
    if isinstance(error, click.MissingParameter):
        name = error.param.get_error_hint(error.ctx) if error.param and error.ctx else error.param_hint
        return f"缺少 {name}"
    if isinstance(error, click.BadParameter):
        name = error.param.get_error_hint(error.ctx) if error.param and error.ctx else error.param_hint
        return f"{name} 的值不对：{error.message}"
    return error.format_message()


def _confess(error: Exception) -> NoReturn:
    """Tell of a fault of ours: a number and the places, no values that the input may have held."""
    if os.environ.get("INSURER_TRACEBACK") == "1":
        raise error
    places, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/insurer/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    number = f"E-{secrets.token_hex(4).upper()}"
    _say(f"程序没有办成这件事，编号 {number}。设 INSURER_TRACEBACK=1 再运行一次，把显示的内容交给维护人员。")
    _say(f"{type(error).__name__} {' > '.join(places[-3:])}")
    sys.exit(SOFTWARE)


def _say(message: str) -> None:
    click.echo(message, err=True)


def _exists(lazy: Lazy) -> bool:
    return find_spec(lazy.target.partition(":")[0]) is not None
