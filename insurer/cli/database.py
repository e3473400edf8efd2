"""``insurer db``: building and upgrading the database."""

import click


@click.group("db", help="建立或升级数据库 / Build or upgrade the database.")
def db() -> None:
    """Group of database commands."""


@db.command("upgrade", help="升级到这个版本需要的结构，可以重复运行 / Upgrade to the newest revision.")
def upgrade() -> None:
    """Bring the database to the newest revision."""
    from insurer.cli.acting import admin_actor, reached
    from insurer.platform import clock, migrate
    from insurer.platform.audit import note
    from insurer.platform.runtime import open_runtime

    with open_runtime() as runtime:
        before, newest = reached(runtime), migrate.newest_revision()
        if before == newest:
            click.echo(f"数据库已经是最新的（{newest}）。")
            return
        migrate.upgrade(runtime.engine.url.render_as_string(hide_password=False))
        with runtime.transaction() as session:
            data = {"from": before, "to": newest}
            note(
                session, admin_actor(), "platform:database:upgraded", ("database", newest),
                now=clock.now(), data=data,
            )  # fmt: skip
        click.echo(f"数据库已升级：{before or '空'} → {newest}。")


@db.command("status", help="显示数据库的版本 / Show the revision.")
def status() -> None:
    """Show the revision; exit code 1 when an upgrade is due."""
    from insurer.cli.acting import reached
    from insurer.platform import migrate
    from insurer.platform.runtime import open_runtime

    with open_runtime() as runtime:
        before, newest = reached(runtime), migrate.newest_revision()
    click.echo(f"数据库 {before or '空'}，程序需要 {newest}。")
    if before != newest:
        raise SystemExit(1)
