"""``insurer simulate``: what other parameters or readings would cost, and what to bid for a tender."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from insurer.schemes.simulation import SimCase

_ONE_SOURCE = "--generate 和 --cases 只能选一个"
_FILE = click.Path(path_type=Path)


@click.group("simulate", invoke_without_command=True, short_help="换参数试算 / what-if calculation")
@click.option("--scheme", help="方案编号，例如 changzhou-xinbei。")
@click.option("--reading", multiple=True, metavar="NAME=VALUE", help="换一个读法，可以写多次。")
@click.option("--parameter", multiple=True, metavar="NAME=VALUE", help="换一个参数，可以写多次。")
@click.option("--from", "first", type=int, metavar="Y", help="从哪一年起。")
@click.option("--to", "last", type=int, metavar="Y", help="到哪一年止。")
@click.option("--generate", type=int, metavar="N", help="每年虚构 N 笔结算，不用数据库。")
@click.option("--seed", type=int, default=1, show_default=True, metavar="K", help="虚构数据的种子。")
@click.option("--cases", type=_FILE, metavar="FILE", help="案件文件 JSONL，不用数据库。")
@click.option("--csv", "csv_path", type=_FILE, metavar="PATH", help="结果存成 CSV。")
@click.option("--parquet", type=_FILE, metavar="PATH", help="结果存成 Parquet。")
@click.option("--chart", type=_FILE, metavar="PATH.svg", help="画成 SVG 图。")
@click.option("--json", "as_json", is_flag=True, help="给机器读的结果。")
@click.pass_context
def simulate(
    context: click.Context,
    scheme: str | None,
    reading: tuple[str, ...],
    parameter: tuple[str, ...],
    first: int | None,
    last: int | None,
    generate: int | None,
    seed: int,
    cases: Path | None,
    csv_path: Path | None,
    parquet: Path | None,
    chart: Path | None,
    as_json: bool,
) -> None:
    """用别的参数或读法把案件再算一遍，按年度、条款、读法、人员列出变化。

    不写 --reading 和 --parameter 时，逐一试算每个读法的其他取值。
    案件来自本系统（默认）、--generate 或 --cases。

    什么都不写进数据库。测算投标保费见 `insurer simulate bid --help`。
    """
    if context.invoked_subcommand is not None:
        return
    from insurer.cli import simulate_input as given
    from insurer.cli import simulate_report as report
    from insurer.cli.options import known_scheme, refused, year_range
    from insurer.exclusions.check import check_lines
    from insurer.schemes.simulation import chosen_scenarios, every_reading
    from insurer.schemes.simulation import simulate as run

    for option, path in (("--csv", csv_path), ("--parquet", parquet), ("--chart", chart)):
        given.writable(option, path)
    if scheme is None:
        raise refused("--scheme", "缺少方案编号，例如 changzhou-xinbei")
    known_scheme(scheme)
    year_range(first, last)
    answers, figures = given.read_answers(reading), given.read_figures(scheme, parameter)
    survey = not answers and not figures
    scenarios = every_reading(scheme) if survey else chosen_scenarios(scheme, answers, figures)
    if generate is not None and cases is not None:
        raise refused("--cases", _ONE_SOURCE)
    with _source(scheme, first, last, generate, seed, cases) as (source, found), _readable(cases):
        done = run(found, scenarios, check_lines, keep_people=not survey)
    if csv_path is not None:
        report.write_csv(csv_path, done, survey)
    if parquet is not None:
        report.write_parquet(parquet, done, survey)
    if chart is not None:
        report.write_chart(chart, done, survey)
    if as_json:
        import orjson

        click.echo(orjson.dumps(report.json_report(scheme, source, done, survey)).decode())
        return
    for text in report.text_report(scheme, source, done, survey):
        click.echo(text)


@contextmanager
def _source(
    scheme: str, first: int | None, last: int | None, generate: int | None, seed: int, cases: Path | None
) -> "Iterator[tuple[str, Iterable[SimCase]]]":
    """Open where the cases come from and say it in a word."""
    from insurer.cli import simulate_input as given
    from insurer.cli.options import refused

    if generate is not None:
        if scheme != "changzhou-xinbei":
            raise refused("--generate", "只有 changzhou-xinbei 有虚构数据，别的方案请用 --cases")
        if not 1 <= generate <= 1_000_000:
            raise refused("--generate", "要在 1 到 1000000 之间")
        years = _years(first, last)
        word = f"虚构的结算（种子 {seed}，{'、'.join(map(str, years))} 年）"
        yield word, given.generated_cases(generate, seed, years)
    elif cases is not None:
        if first is not None or last is not None:
            raise refused("--from", "和 --cases 不能一起用，请在文件里选好年度")
        yield cases.name, given.cases_of_file(cases, scheme)
    else:
        from insurer.cli.acting import ready_runtime

        with ready_runtime() as runtime, runtime.transaction() as session:
            yield "本系统的案件", given.stored_cases(session, scheme, first, last)


def _years(first: int | None, last: int | None) -> list[int]:
    from insurer.cli.options import refused
    from insurer.platform import clock

    if first is None and last is None:
        return [clock.today().year]
    begin, end = first or last or 0, last or first or 0
    if end - begin > 9:
        raise refused("--to", "虚构数据最多十年")
    return list(range(begin, end + 1))


@contextmanager
def _readable(cases: Path | None) -> Iterator[None]:
    """Tell which case cannot be calculated, or whose cases do not stand together."""
    from insurer.kernel.errors import Invalid, Problem
    from insurer.schemes.simulation import NotCalculable

    name = cases.name if cases else "本系统"
    try:
        yield
    except NotCalculable as error:
        problem = Problem(error.field, error.message.partition(" / ")[0], f"{name} 第 {error.place} 件")
        raise Invalid(str(problem), (problem,)) from None
    except ValueError as error:
        if cases is None or isinstance(error, Invalid):
            raise
        raise Invalid(f"{name}：{error}，请把同一人（person_id）的案件排在一起") from None


@simulate.command("bid", short_help="测算投标保费 / premium of a tender")
@click.option("--years", required=True, metavar="FILE|stored", help="以往年度的理赔，或 stored。")
@click.option("--max-profit-rate", "rate", required=True, metavar="R", help="最高盈利率，如 0.175。")
@click.option("--operating-cost", "cost", default="0.00", show_default=True, help="年运营成本（元）。")
@click.option("--growth", default="0", show_default=True, metavar="G", help="年增长率，如 0.06。")
@click.option("--insured", type=int, metavar="N", help="预计参保人数，另给人均保费。")
@click.option("--reading", multiple=True, metavar="NAME=VALUE", help="换一个读法。")
@click.option("--seed", type=int, default=1, show_default=True, metavar="K", help="抽样的种子。")
@click.option("--from", "first", type=int, metavar="Y", help="stored：从哪一年起。")
@click.option("--to", "last", type=int, metavar="Y", help="stored：到哪一年止。")
@click.option("--csv", "csv_path", type=_FILE, metavar="PATH", help="结果存成 CSV。")
@click.option("--json", "as_json", is_flag=True, help="给机器读的结果。")
def bid(
    years: str,
    rate: str,
    cost: str,
    growth: str,
    insured: int | None,
    reading: tuple[str, ...],
    seed: int,
    first: int | None,
    last: int | None,
    csv_path: Path | None,
    as_json: bool,
) -> None:
    """按以往年度的理赔，测算不同把握下不亏损的保费，以及按最高盈利率预计要返还的金额。

    FILE 是 CSV 或 JSONL，每行一次理赔：year、person、amount（年度、人员、金额）。同一种子结果相同。
    """
    from insurer.cli.simulate_bid import work_out

    work_out(years, rate, cost, growth, insured, reading, seed, (first, last), csv_path, as_json)
