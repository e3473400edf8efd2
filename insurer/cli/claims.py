"""``insurer claims``: taking settlement records in from a file."""

import json
from pathlib import Path

import click


@click.group("claims", help="案件。/ Claims.")
def claims() -> None:
    """Group of the claim commands."""


@claims.command("import", help="导入结算记录（JSON、JSONL、xlsx）。/ Import settlement records.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scheme", required=True, help="方案编号，例如 changzhou-xinbei。/ Scheme id.")
@click.option("--json", "as_json", is_flag=True, help="给机器读的结果。/ Result for a machine.")
def import_(file: Path, scheme: str, as_json: bool) -> None:
    """Make cases of the records of a file and calculate them; known records change nothing."""
    from insurer.claims.operations.calculation import calculate_claims
    from insurer.claims.operations.intake import CASE_PREFIX, register_settlements
    from insurer.claims.reading import read_settlements
    from insurer.cli.acting import admin_actor, ready_runtime
    from insurer.kernel.errors import Invalid
    from insurer.platform import clock

    if scheme not in CASE_PREFIX:
        raise Invalid(f"没有方案“{scheme}”，可用的有 {'、'.join(CASE_PREFIX)}")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Invalid(f"文件“{file.name}”打不开，请核对路径") from error
    records = read_settlements(content, file.name)
    actor = admin_actor()
    with ready_runtime() as runtime, runtime.transaction() as session:
        now = clock.now()
        done = register_settlements(
            session, actor=actor, scheme=scheme, records=records, channel="file", now=now
        )
        calculate_claims(session, actor=actor, claim_ids=done.touched, now=now)
    counts = {
        "records": len(records),
        "new": len(done.new),
        "changed": len(done.changed),
        "reversed": len(done.reversed),
        "unchanged": len(done.unchanged),
    }
    if as_json:
        click.echo(json.dumps({"file": file.name, **counts}, ensure_ascii=False))
        return
    click.echo(
        f"结算记录 {counts['records']} 条：立案 {counts['new']}，更正 {counts['changed']}，"
        f"冲销 {counts['reversed']}，没有变化 {counts['unchanged']}"
    )
