"""``insurer user``: accounts and tokens, made by whoever administers the machine."""

import sys

import click


@click.group("user", help="管理账号和令牌 / Accounts and tokens.")
def user() -> None:
    """Group of account commands."""


@user.command("add", help="建一个账号；口令会问两遍，或从标准输入读 / Make an account.")
@click.argument("login", metavar="登录名")
@click.option("--name", required=True, metavar="姓名", help="页面和日志上显示的姓名 / Name shown.")
@click.option(
    "--role", "roles", multiple=True, required=True, metavar="岗位",
    help="clerk reviewer supervisor finance officer auditor bureau admin，可以写几次 / May be repeated.",
)  # fmt: skip
@click.option("--password-stdin", is_flag=True, help="口令从标准输入读一行 / Read it from standard input.")
def add(login: str, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Make an account."""
    from insurer.accounts.operations import create_staff
    from insurer.accounts.permissions import role_problems
    from insurer.accounts.rules import login_problems, normal_login
    from insurer.cli.acting import admin_actor, ready_runtime
    from insurer.kernel.errors import Invalid
    from insurer.platform import clock

    if problems := login_problems(normal_login(login)) + role_problems(roles):
        raise Invalid("账号没有建", tuple(problems))
    password = _password(stdin=password_stdin)
    with ready_runtime() as runtime, runtime.transaction() as session:
        create_staff(
            session, actor=admin_actor(), login=login, name=name, roles=roles, password=password,
            now=clock.now(),
        )  # fmt: skip
    click.echo(f"账号 {normal_login(login)} 建好了。")


@user.command("password", help="重设口令，这个账号会在各处退出 / Set a new password.")
@click.argument("login", metavar="登录名")
@click.option("--password-stdin", is_flag=True, help="口令从标准输入读一行 / Read it from standard input.")
def password(login: str, password_stdin: bool) -> None:
    """Set a new password."""
    from insurer.accounts.operations import set_password
    from insurer.accounts.queries import staff_by_login
    from insurer.cli.acting import admin_actor, ready_runtime
    from insurer.platform import clock

    text = _password(stdin=password_stdin)
    with ready_runtime() as runtime, runtime.transaction() as session:
        staff = staff_by_login(session, login)
        set_password(session, actor=admin_actor(), staff_id=staff.id, password=text, now=clock.now())
    click.echo(f"账号 {staff.login} 的口令改好了。")


@user.command("deactivate", help="停用账号，登录和令牌立刻作废 / End an account.")
@click.argument("login", metavar="登录名")
def end(login: str) -> None:
    """End an account."""
    from insurer.accounts.operations import deactivate
    from insurer.accounts.queries import staff_by_login
    from insurer.cli.acting import admin_actor, ready_runtime
    from insurer.platform import clock

    with ready_runtime() as runtime, runtime.transaction() as session:
        staff = staff_by_login(session, login)
        deactivate(session, actor=admin_actor(), staff_id=staff.id, now=clock.now())
    click.echo(f"账号 {staff.login} 停用了。")


@user.command("list", help="列出账号 / List accounts.")
def show() -> None:
    """List accounts."""
    from insurer.accounts.permissions import ROLE_WORDS
    from insurer.accounts.queries import list_staff
    from insurer.cli.acting import ready_runtime

    with ready_runtime() as runtime, runtime.transaction() as session:
        staff = list_staff(session)
    for one in staff:
        words = "、".join(word for role, word in ROLE_WORDS.items() if role in one.roles)
        click.echo(f"{one.login}\t{one.name}\t{words}\t{'在用' if one.active else '停用'}")


@user.command("token", help="给一个程序发接口令牌，只显示这一次 / Issue an API token, shown once.")
@click.argument("login", metavar="登录名")
@click.option("--client", required=True, metavar="名称", help="哪个系统用 / Which program.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, metavar="权限",
    help="例如 calculate、claims.view、claims.register，可以写几次 / May be repeated.",
)  # fmt: skip
@click.option("--days", default=365, show_default=True, metavar="天", help="有效天数 / Valid for days.")
def token(login: str, client: str, scopes: tuple[str, ...], days: int) -> None:
    """Issue a token that acts for an account, at most as far as the account itself may."""
    from insurer.accounts.operations import issue_token
    from insurer.accounts.queries import staff_by_login
    from insurer.cli.acting import admin_actor, ready_runtime
    from insurer.platform import clock

    with ready_runtime() as runtime, runtime.transaction() as session:
        owner = staff_by_login(session, login)
        secret = issue_token(
            session, actor=admin_actor(), owner_id=owner.id, client=client, scopes=scopes, days=days,
            now=clock.now(),
        )  # fmt: skip
    click.echo(secret)


def _password(*, stdin: bool) -> str:
    """Read a password: one line of standard input, or twice from the terminal without showing it."""
    from insurer.kernel.errors import Invalid

    if stdin:
        text = sys.stdin.readline().rstrip("\r\n")
        if not text:
            raise Invalid("标准输入里没有口令，请写一行")
        return text
    if not sys.stdin.isatty():
        raise Invalid("这里不能输入口令，请用 --password-stdin 从标准输入给")
    typed: str = click.prompt("口令", hide_input=True, confirmation_prompt="再输一遍")
    return typed
