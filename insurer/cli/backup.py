"""``insurer backup`` and ``insurer restore``."""

from pathlib import Path

import click


@click.command("backup", help="把数据库和全部文件备份成一个密封的文件 / Back up everything into one file.")
@click.argument("target", type=click.Path(path_type=Path), metavar="文件")
def backup(target: Path) -> None:
    """Write a backup; the key file has to be kept apart from it."""
    from insurer.cli.acting import admin_actor, ready_runtime
    from insurer.platform import clock
    from insurer.platform.audit import note
    from insurer.platform.backup import digest_of, write_backup
    from insurer.platform.migrate import newest_revision
    from insurer.registry import Base

    with ready_runtime() as runtime:
        now = clock.now()
        made = write_backup(
            runtime.engine,
            runtime.keyring,
            tables=Base.metadata.sorted_tables,
            files=runtime.settings.home / "files" / "sha256",
            revision=newest_revision(),
            target=target,
            now=now,
        )
        digest = digest_of(target)
        with runtime.transaction() as session:
            data = {"sha256": digest, "revision": made.revision, "files": made.files}
            note(session, admin_actor(), "platform:backup:made", ("backup", made.id), now=now, data=data)
        keys = runtime.settings.keyring_path
    click.echo(f"备份好了：{target}，{sum(made.rows.values())} 行，{made.files} 份文件。")
    click.echo(f"SHA-256 {digest}")
    click.echo(f"密钥不在备份里，请另外保管：{keys}")


@click.command("restore", help="把备份恢复到空的数据文件夹或数据库 / Restore into an empty installation.")
@click.argument("source", type=click.Path(path_type=Path), metavar="文件")
def restore(source: Path) -> None:
    """Restore a backup, bring it to this program's revision and verify its log; exit code 1 on a break."""
    from insurer.cli.acting import admin_actor, reached
    from insurer.kernel.errors import Invalid
    from insurer.platform import clock, migrate
    from insurer.platform.audit import note, verify_chain
    from insurer.platform.backup import read_about, read_backup
    from insurer.platform.runtime import open_runtime
    from insurer.platform.settings import Settings
    from insurer.registry import Base

    settings = Settings.from_env()
    about = read_about(source)
    if not settings.keyring_path.exists():
        raise Invalid(f"请先把原来的密钥文件放到 {settings.keyring_path}，或用 INSURER_KEYS_FILE 指明")
    with open_runtime(settings) as runtime:
        url = runtime.engine.url.render_as_string(hide_password=False)
        if reached(runtime) is None:
            if about.revision not in migrate.revisions():
                raise Invalid(f"{source.name} 是更新的程序备份的，请先升级程序")
            migrate.upgrade(url, about.revision)
        elif reached(runtime) != about.revision:
            raise Invalid("数据库的版本与备份不同。请恢复到空的 INSURER_HOME 或空的数据库")
        known = [table.name for table in Base.metadata.sorted_tables]
        made = read_backup(
            runtime.engine,
            runtime.keyring,
            source=source,
            files=settings.home / "files" / "sha256",
            known=known,
        )
        migrate.upgrade(url)
        with runtime.transaction() as session:
            _, breaks = verify_chain(session, runtime.keyring)
            data = {"made_at": made.made_at, "revision": made.revision, "breaks": len(breaks)}
            note(
                session,
                admin_actor(),
                "platform:backup:restored",
                ("backup", made.id),
                now=clock.now(),
                data=data,
            )
    click.echo(f"恢复好了：{made.made_at} 的备份，{sum(made.rows.values())} 行，{made.files} 份文件。")
    for found in breaks:
        click.echo(f"日志第 {found.seq} 条：{found.message}", err=True)
    if breaks:
        raise SystemExit(1)
    click.echo("操作日志核验无误。")
