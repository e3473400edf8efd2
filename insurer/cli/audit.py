"""``insurer audit``: checking what must not have been changed."""

import click


@click.group("audit", help="核验日志 / Verify the log.")
def audit() -> None:
    """Group of audit commands."""


@audit.command("verify", help="核验操作日志的链和账目；对不上退出码是 1 / Verify the log and the ledger.")
def verify() -> None:
    """Walk the chain of the audit log and check the ledger; exit code 1 when something does not hold."""
    from insurer.cli.acting import ready_runtime
    from insurer.payments.operations.ledger_check import check_ledger
    from insurer.platform import clock
    from insurer.platform.audit import verify_chain
    from insurer.platform.audit_head import check_head, keep_head

    with ready_runtime() as runtime, runtime.transaction() as session:
        place = runtime.settings.home / "audit-head.json"
        count, breaks = verify_chain(session, runtime.keyring)
        breaks += check_head(session, runtime.keyring, place)
        faults = list(check_ledger(session))
        if not breaks:
            keep_head(session, runtime.keyring, place, now=clock.now())
    for found in breaks:
        click.echo(f"日志第 {found.seq} 条：{found.message}", err=True)
    for fault in faults:
        click.echo(f"{fault.place}：{fault.message}", err=True)
    if breaks or faults:
        click.echo(f"核验了 {count} 条日志，有 {len(breaks) + len(faults)} 处对不上。")
        raise SystemExit(1)
    click.echo(f"核验了 {count} 条日志和全部账目，没有发现改动。")
