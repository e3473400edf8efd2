"""``insurer recompute``: every decision done again from what is stored; exit code 1 when one differs."""

from collections import Counter
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from insurer.claims.recomputing import Recomputed


@click.command("recompute", short_help="重算并比较已定的案件 / recompute decisions")
@click.option("--scheme", required=True, help="方案编号，例如 changzhou-xinbei。/ Scheme id.")
@click.option("--from", "first", type=int, metavar="Y", help="从哪一年起。/ First year.")
@click.option("--to", "last", type=int, metavar="Y", help="到哪一年止。/ Last year.")
@click.option("--json", "as_json", is_flag=True, help="给机器读的结果，每行一个。/ One JSON object a line.")
def recompute(scheme: str, first: int | None, last: int | None, as_json: bool) -> None:
    """按存下的材料、以前已用的限额和当时的规则，把每一次计算再算一遍，逐项比较。

    Recomputes every stored decision from its inputs under the rules that it was made with, and reports each
    difference: case number, field, stored value, recomputed value. Exit code 1 when there is one.
    """
    from insurer.claims.recomputing import recompute_decisions
    from insurer.cli.acting import ready_runtime
    from insurer.cli.options import known_scheme, year_range

    known_scheme(scheme)
    year_range(first, last)
    decisions = different = count = 0
    packs: Counter[str] = Counter()
    unsettled: Counter[str] = Counter()
    resting = 0
    with ready_runtime() as runtime, runtime.transaction() as session:
        for found in recompute_decisions(session, scheme=scheme, first=first, last=last):
            decisions += 1
            packs[found.pack_hash] += 1
            unsettled.update(found.unsettled)
            resting += bool(found.unsettled)
            different += bool(found.differences)
            count += len(found.differences)
            _tell(found, as_json)
    if as_json:
        _write(
            {"scheme": scheme, "decisions": decisions, "different": different, "differences": count}
            | {"packs": dict(packs), "unsettled": dict(unsettled)}
        )
    else:
        rules = f"重算了 {decisions} 次计算，用了 {len(packs)} 份规则"
        said = f"{different} 次有差异，共 {count} 处。请核对上面各项" if count else "没有差异"
        click.echo(f"{rules}，{said}。")
        if resting:
            names = "、".join(f"{_label(scheme, name)} {times} 次" for name, times in unsettled.most_common())
            click.echo(f"其中 {resting} 次的金额依据还没有正式定下来的数：{names}。")
    if count:
        raise SystemExit(1)


def _tell(found: "Recomputed", as_json: bool) -> None:
    for one in found.differences:
        if as_json:
            _write({"case_no": found.case_no, "seq": found.seq, "pack": found.pack_hash} | one._asdict())
        else:
            click.echo(
                f"{found.case_no} 第 {found.seq} 次 {one.field}：存下的是 {one.stored or '空'}，"
                f"重算是 {one.recomputed or '空'}"
            )


def _label(scheme: str, name: str) -> str:
    from insurer.schemes.pack_files import parameters

    known = parameters(scheme).get(name)
    return known.label if known else name


def _write(row: dict[str, object]) -> None:
    import orjson

    click.echo(orjson.dumps(row).decode())
