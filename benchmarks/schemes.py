"""Speed of the rule core in one run: one settlement with its trace, arrays, and ``insurer calculate``.

``python -m benchmarks.schemes [--peer-python PATH] [--cases N] [--rows N]``

All rates are a second of processor time on one core, the best of several turns. The peer is openfisca-core on
nine equivalent formulas, measured in the same run by an interpreter that has it; without one, its published
rates are printed and marked as such.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from insurer.samples.settlements import iter_settlements
from insurer.schemes import changzhou_xinbei_claim
from insurer.schemes.arrays import run_arrays
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict
from insurer.schemes.operations import NEVER
from insurer.schemes.packdata import Clause
from insurer.schemes.portfolio import Lines, Portfolio, settle
from insurer.schemes.recording import Rules, Sheet
from insurer.schemes.running import Program

SCHEME = changzhou_xinbei_claim.SCHEME
PUBLISHED = {
    "traced_with_inputs": 1900,
    "traced_rendered": 800,
    "batch_with_inputs": 4_300_000,
    "batch": 39_000_000,
}
"""Rates of openfisca-core 46 on a comparable machine, for a run without the peer."""
BLOCK = 16_384
YEAR_START = 738_886  # 2024-01-01


def rate(work: Callable[[], Any], count: int, *, per_call: int = 1, turns: int = 5) -> float:
    """Return units of work a second, the best of several turns."""
    best = 0.0
    for _ in range(turns):
        started = time.process_time()
        for _ in range(count):
            work()
        best = max(best, count * per_call / (time.process_time() - started))
    return best


def peer_figures(interpreter: str | None, rows: int) -> tuple[dict[str, float], str]:
    """Measure the peer, or take its published rates."""
    if interpreter is None:
        return dict(PUBLISHED), "published, not measured here"
    script = Path(__file__).with_name("openfisca_peer.py")
    command = [interpreter, str(script), str(rows), "3"]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(found.stdout), "measured in this run"


def case_of(document: dict[str, Any], *, lines: bool) -> dict[str, Any]:
    """Make a sample settlement a case of its own."""
    bill = {**document["setlinfo"], "invoice": document["invoice"], "later_payers": document["later_payers"]}
    if lines:
        bill["feedetail"] = document["feedetail"]
    year = bill["setl_time"][:4]
    return {
        "case_id": bill["setl_id"],
        "kind": "claim",
        "scheme": SCHEME,
        "person": {"insutype": bill["insutype"], "roster": {year: {"on_previous_december": True}}},
        "settlements": [bill],
    }


def one_settlement() -> dict[str, float]:
    """Run one settlement of ten lines through the whole pack: values kept, cited trace, whole document."""
    document = case_of(next(iter(iter_settlements(1, lines=10))), lines=True)
    runs: list[tuple[str, dict[str, Any]]] = []
    plain_run = Program.run

    def watched(self: Program, inputs: Any, overrides: Any) -> list[Any]:
        runs.append((self.sheet.name, dict(inputs)))
        return plain_run(self, inputs, overrides)

    def covered(lines: Any, _bill: Any) -> list[LineVerdict]:
        return [LineVerdict("covered") for _ in lines]

    Program.run = watched  # type: ignore[method-assign]
    try:
        calculate(document, covered)
    finally:
        Program.run = plain_run  # type: ignore[method-assign]
    pack = changzhou_xinbei_claim.pack(())
    compiled = [(pack.programs[sheet].compiled(), facts) for sheet, facts in runs]
    programs = [(pack.programs[sheet], facts) for sheet, facts in runs]

    def cited() -> None:
        trace: list[dict[str, Any]] = []
        for sheet, facts in runs:
            pack.run(sheet, facts, {}, trace, [])

    def interpreted() -> None:
        for one, facts in programs:
            one.interpret(facts, {})

    for _ in range(20):
        cited()
    return {
        "interpreted, every step value": rate(
            lambda: [one.interpret(facts, {}) for one, facts in programs], 3000
        ),
        "every step value": rate(lambda: [run(facts, {}) for run, facts in compiled], 10_000),
        "cited trace as text": rate(cited, 4000),
        "document read, decided, cited": rate(lambda: calculate(document, covered), 1000),
    }


def nine_formulas() -> Sheet:
    """The peer's nine formulas as recorded steps."""
    r = Rules("nine", {"A": Clause("A", "benchmark", "nine formulas")}, {}, {}, {})
    nothing, limit = r.constant("nothing", "零", 0), r.constant("limit", "限额", 300_000)
    full, half = r.constant("full", "全额", 10_000, "points"), r.constant("half", "一半", 5_000, "points")
    given = {
        name: r.given(name, name)
        for name in ("total", "basic", "critical", "assisted", "excluded_in", "catalogue", "used_before")
    }
    less = r.sub("less", "减", "A", given["total"], given["basic"], given["critical"], given["assisted"])
    personal = r.larger("personal", "个人", "A", nothing, less)
    excluded = r.smaller("excluded", "除外", "A", given["excluded_in"], personal)
    covered = r.sub("covered", "范围内", "A", personal, excluded)
    inside = r.smaller("inside", "目录内", "A", given["catalogue"], covered)
    other = r.sub("other", "其他", "A", covered, inside)
    inside_paid = r.share("inside_paid", "目录内补偿", "A", inside, full)
    at_half = r.share("at_half", "其他补偿", "A", other, half)
    left = r.larger(
        "left", "余额", "A", nothing, r.sub("less_used", "减已用", "A", limit, given["used_before"])
    )
    other_paid = r.smaller("other_paid", "限额内", "A", at_half, left)
    return r.finish({"benefit": r.add("benefit", "补偿", "A", inside_paid, other_paid)})


def nine_on_arrays(rows: int) -> float:
    """Rows a second of the nine formulas on int64 arrays, in blocks."""
    program = Program(nine_formulas())
    chance = np.random.default_rng(1)
    parts = {name: chance.integers(0, 500_000, rows) for name in program.inputs}
    parts["total"] = sum(parts.values())  # type: ignore[assignment]
    paid = np.empty(rows, np.int64)

    def whole() -> None:
        for start in range(0, rows, BLOCK):
            block = slice(start, start + BLOCK)
            facts = {name: values[block] for name, values in parts.items()}
            paid[block] = run_arrays(program, len(facts["total"]), facts)[-1]

    return rate(whole, 1, per_call=rows)


def portfolio_of(rows: int, lines: int) -> Portfolio:
    """A portfolio in which every fact is an array and every part of the scheme is used by some rows."""
    chance = np.random.default_rng(1)
    program = changzhou_xinbei_claim.pack(()).programs["settlement"]

    def some(share: float, most: int) -> Any:
        return np.where(chance.random(rows) < share, chance.integers(0, most, rows), 0).astype(np.int32)

    facts: dict[str, Any] = {}
    for step in program.steps:
        if step.op == "given" and step.unit in ("fen", "bool", "day", "code"):
            empty = {"fen": (0, np.int32), "bool": (False, np.bool_), "day": (NEVER, np.int32)}
            facts[step.name] = "local" if step.unit == "code" else np.full(rows, *empty[step.unit])
    for name, share, most in (
        ("hifp_pay", 1, 2_000_000),
        ("hifmi_pay", 0.2, 300_000),
        ("maf_pay", 0.4, 200_000),
        ("preselfpay_amt", 0.7, 200_000),
        ("overlmt_selfpay", 0.2, 30_000),
        ("fulamt_ownpay_amt", 0.8, 900_000),
        ("inclusive_unsplit_amount", 0.03, 50_000),
        ("private_amount", 0.03, 50_000),
    ):
        facts[name] = some(share, most)
    facts["inclusive_open"] = facts["inclusive_paid"] = facts["inclusive_unsplit_amount"] > 0
    facts["has_private"] = facts["private_amount"] > 0
    scope = facts["hifp_pay"] + facts["hifmi_pay"] + facts["maf_pay"] + some(1, 900_000) + 50_000
    facts["inscp_scp_amt"] = scope
    facts["medfee_sumamt"] = scope + sum(
        facts[name] for name in ("preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
    )
    facts |= {"person_insutype": "390", "settlement_insutype": "390"}
    for name in ("on_previous_december", "known_kind", "designated"):
        facts[name] = chance.random(rows) < 0.99
    facts["inpatient"] = chance.random(rows) < 0.3
    facts["settlement_day"] = facts["admission_day"] = (YEAR_START + chance.integers(0, 366, rows)).astype(
        np.int32
    )
    del facts["bill_day"], facts["other_covered_used"]
    nothing = Lines(np.zeros(0, np.int32), np.zeros(rows + 1, np.int32))
    columns = dict.fromkeys(("lines_own", "excluded_in", "excluded_other_lines"), nothing)
    if lines:
        own = np.repeat(facts["fulamt_ownpay_amt"] // lines, lines)
        own[::lines] += facts["fulamt_ownpay_amt"] % lines
        columns["lines_own"] = Lines(own, np.arange(0, rows * lines + 1, lines, dtype=np.int32))
        facts["has_lines"] = np.ones(rows, np.bool_)
    person = np.sort(chance.integers(0, rows // 3 + 1, rows)).astype(np.int32)
    return Portfolio(person, facts["settlement_day"], facts, columns)


def _peak() -> int:
    """Return the peak memory of this program in KiB; the kernel's ``ru_maxrss`` would carry the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def portfolio_figures(rows: int, lines: int) -> dict[str, float]:
    """Settle a portfolio in a process of its own: rate, and peak memory with inputs and results."""
    changzhou_xinbei_claim.pack(())
    settle_some = portfolio_of(1000, lines)
    settle(SCHEME, changzhou_xinbei_claim.pack(()), settle_some)
    before = _peak()
    portfolio = portfolio_of(rows, lines)
    made = _peak()
    pack = changzhou_xinbei_claim.pack(())
    names = ("benefit", "limit_taken")
    speed = rate(lambda: settle(SCHEME, pack, portfolio, names, block=BLOCK), 1, per_call=rows)
    peak = _peak()
    found = settle(SCHEME, pack, portfolio, names, block=BLOCK)
    return {
        "settlements a second": speed,
        "bytes a settlement": (peak - before) * 1024 / rows,
        "bytes of making the inputs": (made - before) * 1024 / rows,
        "paid": float(np.count_nonzero(found.results["benefit"])) / rows,
    }


def command_figures(cases: int, lines: int) -> dict[str, float]:
    """Run ``insurer calculate`` on a file of cases: cases a second of processor time, peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "cases.jsonl"
        with place.open("w", encoding="utf-8") as file:
            for document in iter_settlements(cases, lines=lines or 10):
                file.write(json.dumps(case_of(document, lines=lines > 0), ensure_ascii=False) + "\n")
        seconds, memory = _command(place)
        few = Path(folder) / "few.jsonl"
        with place.open(encoding="utf-8") as file, few.open("w", encoding="utf-8") as part:
            part.writelines(line for _, line in zip(range(cases // 10), file, strict=False))
        _, memory_of_few = _command(few)
    return {"cases a second": cases / seconds, "peak MB": memory, "peak MB of a tenth": memory_of_few}


def _command(place: Path) -> tuple[float, float]:
    """Return processor seconds and peak megabytes of the command, start of the program included."""
    script = (
        "import resource, subprocess, sys; "
        "subprocess.run([sys.executable, '-m', 'insurer.cli.main', 'calculate', sys.argv[1]],"
        " stdout=subprocess.DEVNULL, check=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, str(place)], check=True, capture_output=True, text=True
    )
    seconds, memory = found.stdout.split()
    return float(seconds), float(memory)


def main() -> None:
    """Print every figure with its ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", help="an interpreter that has openfisca-core")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--portfolio", type=int, metavar="LINES", help="internal: measure one portfolio")
    given = parser.parse_args()
    if given.portfolio is not None:
        print(json.dumps(portfolio_figures(given.rows, given.portfolio)))
        return
    peer, where = peer_figures(given.peer_python, given.rows)
    print(f"openfisca-core, nine formulas ({where}):")
    for name, speed in peer.items():
        print(f"  {name:32} {speed:14,.0f} /s")
    print("one settlement of ten lines through the full pack, line check left out; peer: one person, traced:")
    rendered = peer["traced_rendered"]
    for name, speed in one_settlement().items():
        against = rendered if "cited" in name else peer["traced_with_inputs"]
        print(f"  {name:32} {speed:14,.0f} /s  {speed / against:6.1f} x  (peer {against:,.0f})")
    print("arrays:")
    nine = nine_on_arrays(given.rows)
    ratios = f"{nine / peer['batch_with_inputs']:.2f} x with inputs, {nine / peer['batch']:.2f} x without"
    print(f"  {'nine formulas':32} {nine:14,.0f} /s  {ratios}")
    for lines in (0, 10):
        found = _apart(lines, given.rows)
        print(
            f"  {f'full pack, {lines} lines':32} {found['settlements a second']:14,.0f} /s"
            f"  {found['bytes a settlement']:6.0f} bytes each at peak, {found['paid']:.0%} paid"
        )
    print(f"insurer calculate, {given.cases:,} cases, start of the program included:")
    for lines in (0, 10):
        found = command_figures(given.cases, lines)
        print(
            f"  {f'{lines} lines a case':32} {found['cases a second']:14,.0f} /s"
            f"  peak {found['peak MB']:.0f} MB, for a tenth {found['peak MB of a tenth']:.0f} MB"
        )


def _apart(lines: int, rows: int) -> dict[str, float]:
    """Measure a portfolio in a process of its own, where peak memory is its own too."""
    command = [sys.executable, "-m", "benchmarks.schemes", "--portfolio", str(lines), "--rows", str(rows)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(text)
    return found


if __name__ == "__main__":
    main()
