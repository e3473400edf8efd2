"""How a simulation is told: as text for a terminal, CSV for a spreadsheet, JSON, or an SVG chart."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from insurer.cli.options import refused
from insurer.kernel.money import display, half_up, parse_yuan, to_yuan
from insurer.schemes.simulation import Figures, Simulation

HEAD = ("表", "编号", "项目", "现行（元）", "试算（元）", "变化（元）", "现行笔数", "试算笔数")
UNSETTLED_TABLE = "未定的数"
"""The table of what was paid on figures that the purchaser has not confirmed."""

_NONE = Figures()
_AMOUNT = re.compile(r"(?<![\d.])\d+\.\d{2}(?![\d.])")
_TOP = 15
_FONT = '"Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif'


class Row(NamedTuple):
    """One line of the result: its table, what it is about, both amounts (fen) and both counts."""

    table: str
    key: str
    label: str
    today: int
    changed: int
    bills: int
    bills_changed: int

    @property
    def change(self) -> int:
        """The difference that the scenario makes."""
        return self.changed - self.today


def summary_rows(done: Simulation, survey: bool) -> list[Row]:
    """Return totals by year, by clause and by scenario; a survey of readings compares nothing else."""
    today, other = done.today, done.today if survey else done.changed
    rows = [_row("合计", "", "补偿金额", today.total, other.total)]
    for year in sorted({*today.years, *other.years}):
        rows.append(_row("年度", year, "", today.years.get(year, _NONE), other.years.get(year, _NONE)))
    for key in sorted({*today.clauses, *other.clauses}):
        found = _row("条款", *key, today.clauses.get(key, _NONE), other.clauses.get(key, _NONE))
        if found.today or found.changed or found.bills or found.bills_changed:
            rows.append(found)
    for key in sorted({*today.unsettled, *other.unsettled}):
        both = (tally.unsettled.get(key, _NONE) for tally in (today, other))
        rows.append(_row(UNSETTLED_TABLE, *key, *both))
    for scenario, tally in list(zip(done.scenarios, done.tallies, strict=True))[1:]:
        rows.append(_row("读法和参数", scenario.name, scenario.label, today.total, tally.total))
    return rows


def _row(table: str, key: str, label: str, today: Figures, changed: Figures) -> Row:
    return Row(table, key, label, today.fen, changed.fen, today.count, changed.count)


def person_rows(done: Simulation) -> Iterator[Row]:
    """Yield one row for each person and year; a person is a running number of this simulation."""
    for one in done.people:
        yield Row("人员", str(one.number), one.year, one.today, one.changed, 0, 0)


def text_report(scheme: str, source: str, done: Simulation, survey: bool) -> Iterator[str]:
    """Yield the lines that a person reads."""
    rows = summary_rows(done, survey)
    yield f"方案 {scheme}，{source}：{done.persons:,} 人，{done.cases:,} 件。金额单位：元。"
    total = rows[0]
    if survey:
        yield f"现行规则下补偿 {display(total.today)}。下面逐一换一个读法，其余不变。"
    else:
        label = done.scenarios[-1].label
        if done.scenarios[-1].name == "together":
            label = "；".join(scenario.label for scenario in done.scenarios[1:-1])
        yield f"试算：{spoken(label)}"
        yield (
            f"现行 {display(total.today)}，试算 {display(total.changed)}，"
            f"变化 {_signed(total.change)}{_percent(total.change, total.today)}"
        )
    for table in ("年度", "条款", "读法和参数"):
        chosen = [row for row in rows if row.table == table]
        still: list[Row] = []
        if table == "读法和参数":
            if not survey and len(chosen) < 2:
                continue
            still = [row for row in chosen if survey and not row.change]
            chosen = [row for row in chosen if row not in still]
            chosen.sort(key=lambda row: (row.key == "together", -abs(row.change), row.key))
        if not chosen and not still:
            continue
        yield ""
        plain = survey and table != "读法和参数"
        head = (f"按{table}", "现行") if plain else (f"按{table}", "现行", "试算", "变化")
        yield from table_lines(head, [_cells(row, plain) for row in chosen])
        if still:
            yield f"换了以后总额不变：{'；'.join(spoken(row.label) for row in still)}"
    if not survey:
        yield ""
        yield from _people(done)
    unsettled = [row for row in rows if row.table == UNSETTLED_TABLE]
    if unsettled:
        yield ""
        yield "注意：下面的数还没有正式定下来，依据它们的金额会变："
        for row in unsettled:
            yield f"  {spoken(row.label)}：现行 {row.bills:,} 笔，{display(row.today)}"


def spoken(label: str) -> str:
    """Return a label with its amounts as people read them; files and machines get it as it is."""
    return _AMOUNT.sub(lambda found: display(parse_yuan(found[0])), label)


def _cells(row: Row, plain: bool) -> tuple[str, ...]:
    key = "" if row.table == "读法和参数" else row.key
    name = " ".join(
        part for part in ("内部控制" if key.startswith("control:") else key, spoken(row.label)) if part
    )
    if row.table == "条款" and not (row.today or row.changed):
        name += f"（{row.bills:,} 笔，试算 {row.bills_changed:,} 笔）"
    if plain:
        return name, display(row.today)
    return name, display(row.today), display(row.changed), _signed(row.change)


def _people(done: Simulation) -> Iterator[str]:
    changes: dict[int, int] = {}
    for one in done.people:
        changes[one.number] = changes.get(one.number, 0) + one.changed - one.today
    more = [fen for fen in changes.values() if fen > 0]
    less = [fen for fen in changes.values() if fen < 0]
    if not done.persons:
        return
    before, after = done.today.total.fen, done.changed.total.fen
    yield (
        f"按人：人均现行 {display(half_up(before, done.persons))}，"
        f"试算 {display(half_up(after, done.persons))}；"
        f"{len(more):,} 人增加（最多 {display(max(more, default=0))}），"
        f"{len(less):,} 人减少（最多 {display(-min(less, default=0))}），"
        f"{done.persons - len(more) - len(less):,} 人不变"
    )


def json_report(scheme: str, source: str, done: Simulation, survey: bool) -> dict[str, Any]:
    """Return the result for a machine; amounts are yuan."""
    rows = [
        {
            "table": row.table,
            "key": row.key,
            "label": row.label,
            "today": to_yuan(row.today),
            "simulated": to_yuan(row.changed),
            "change": to_yuan(row.change),
            "count_today": row.bills,
            "count_simulated": row.bills_changed,
        }
        for row in summary_rows(done, survey)
    ]
    states = {"today": done.today.states, "simulated": done.today.states if survey else done.changed.states}
    return {
        "scheme": scheme,
        "source": source,
        "persons": done.persons,
        "cases": done.cases,
        "settlements": states,
        "rows": rows,
    }


def write_csv(path: Path, done: Simulation, survey: bool) -> None:
    """Write every row, a line for each person and year at the end; UTF-8 with a mark for spreadsheets."""
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        sheet = csv.writer(target)
        sheet.writerow(HEAD)
        for row in summary_rows(done, survey):
            sheet.writerow((*_plain(row), row.bills, row.bills_changed))
        if not survey:
            for row in person_rows(done):
                sheet.writerow((*_plain(row), "", ""))


def write_parquet(path: Path, done: Simulation, survey: bool) -> None:
    """Write every row as one record batch: amounts as whole fen (int64), counts empty for persons.

    :class:`Invalid` when the part that writes Parquet is not installed.
    """
    try:
        from arro3.core import Array, DataType, Table
        from arro3.io import write_parquet as write
    except ImportError:
        raise refused(
            "--parquet", "本机没有装写 Parquet 的部分，请安装 insurer[parquet]，或改用 --csv"
        ) from None
    rows = summary_rows(done, survey)
    people = [] if survey else list(person_rows(done))
    every = [*rows, *people]
    counted = [True] * len(rows) + [False] * len(people)

    def column(values: Sequence[Any], kind: Any) -> Any:
        return Array(values, type=kind)

    table = Table.from_pydict(
        {
            "table": column([row.table for row in every], DataType.string()),
            "key": column([row.key for row in every], DataType.string()),
            "label": column([row.label for row in every], DataType.string()),
            "today_fen": column([row.today for row in every], DataType.int64()),
            "simulated_fen": column([row.changed for row in every], DataType.int64()),
            "change_fen": column([row.change for row in every], DataType.int64()),
            "count_today": column(_counts(every, counted, "bills"), DataType.int64()),
            "count_simulated": column(_counts(every, counted, "bills_changed"), DataType.int64()),
        }
    )
    write(table, str(path))


def _counts(rows: Sequence[Row], counted: Sequence[bool], name: str) -> list[int | None]:
    return [getattr(row, name) if known else None for row, known in zip(rows, counted, strict=True)]


def _plain(row: Row) -> tuple[str, ...]:
    amounts = (to_yuan(fen) for fen in (row.today, row.changed, row.change))
    return row.table, row.key, row.label, *amounts


def write_chart(path: Path, done: Simulation, survey: bool) -> None:
    """Draw the years before and after, or the change that each reading makes, as an SVG without scripts."""
    pygal = _drawing_library()
    rows = summary_rows(done, survey)
    if survey:
        rows = [row for row in rows if row.table == "读法和参数" and row.change]
        rows = sorted(rows, key=lambda row: -abs(row.change))[:_TOP][::-1]
        # The library reckons with Latin letters: Chinese labels need more room on the left.
        room = max((display_width(row.label) for row in rows), default=0) * 3
        look = _look(max(300, 60 + 34 * len(rows))) | {"show_x_labels": False, "margin_left": 20 + room}
        chart = pygal.HorizontalBar(show_legend=False, **look)
        chart.title = "换一个读法，补偿总额的变化（元）"
        chart.x_labels = [row.label for row in rows]
        chart.add("变化", [row.change for row in rows])
    else:
        rows = [row for row in rows if row.table == "年度"]
        chart = pygal.Bar(legend_at_bottom=True, **_look(420))
        chart.title = "各年度补偿总额（元）"
        chart.x_labels = [row.key for row in rows]
        chart.add("现行", [row.today for row in rows])
        chart.add("试算", [row.changed for row in rows])
    save_chart(path, chart)


def save_chart(path: Path, chart: Any) -> None:
    """Write a chart without scripts and without anything that differs from run to run."""
    chart.uuid = "simulation"
    chart.add_xml_filter(_still)
    path.write_bytes(chart.render())


def _still(root: Any) -> Any:
    """Take scripts and comments out of a drawing."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] == "script":
                parent.remove(child)
    return root


def _drawing_library() -> Any:
    """Import pygal without the finder of plugins that it leaves behind, which newer Pythons warn about."""
    import sys

    import pygal

    sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != "pygal"]
    return pygal


def _look(height: int) -> dict[str, Any]:
    from pygal.style import Style

    style = Style(
        background="#ffffff",
        plot_background="#ffffff",
        foreground="#1f2933",
        foreground_strong="#1f2933",
        foreground_subtle="#52606d",
        colors=("#9aa5b1", "#0b6e99"),
        font_family=_FONT,
    )
    return {
        "js": [],
        "style": style,
        "height": height,
        "width": 900,
        "value_formatter": lambda fen: display(int(fen)),
        "print_values": True,
    }


def _signed(fen: int) -> str:
    return f"+{display(fen)}" if fen > 0 else display(fen)


def _percent(change: int, whole: int) -> str:
    if not whole:
        return ""
    tenths = half_up(change * 1000, whole)
    sign = "+" if tenths > 0 else "−" if tenths < 0 else ""
    return f"（{sign}{abs(tenths) // 10}.{abs(tenths) % 10}%）"


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield lines with the first column to the left and figures to the right; Chinese takes two places."""
    widths = [max(display_width(row[place]) for row in (head, *rows)) for place in range(len(head))]
    for row in (head, *rows):
        first = row[0] + " " * (widths[0] - display_width(row[0]))
        rest = [
            " " * (width - display_width(cell)) + cell
            for cell, width in zip(row[1:], widths[1:], strict=True)
        ]
        yield "  ".join((first, *rest)).rstrip()


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
