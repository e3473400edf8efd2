"""Random settlements: the recorded steps against a straight-line writing of the same clauses."""

import importlib.util
import random
from pathlib import Path
from typing import Any

from insurer.kernel.money import parse_yuan, to_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict

_SPEC = importlib.util.spec_from_file_location("straight_line", Path(__file__).with_name("straight_line.py"))
assert _SPEC is not None and _SPEC.loader is not None
straight = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(straight)

FUNDS = ("hifp_pay", "hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay", "maf_pay")


def _amount(chance: random.Random, top: int) -> int:
    return chance.choice((0, chance.randint(0, max(0, top)), chance.randint(0, max(0, min(top, 300)))))


def _bill(chance: random.Random) -> Any:
    parts = [_amount(chance, 8_000_000) for _ in range(4)]
    left, funds = parts[0], []
    for _ in FUNDS:
        funds.append(_amount(chance, left))
        left -= funds[-1]
    lines, rest = [], list(parts)
    for _ in range(chance.choice((0, 0, 1, 2, 3))):
        line = tuple(_amount(chance, part) for part in rest)
        rest = [part - taken for part, taken in zip(rest, line, strict=True)]
        lines.append(line)
    hospital = _amount(chance, sum(parts) - sum(funds))
    borne = sum(parts) - sum(funds) - hospital
    inclusive = _amount(chance, borne)
    charity = _amount(chance, borne - inclusive)
    return straight.Bill(
        *parts,
        funds=tuple(funds),
        hospital=hospital,
        inclusive=inclusive,
        charity=charity,
        private=chance.choice((0, 0, _amount(chance, borne))),
        lines=tuple(lines),
    )


def _document(bill: Any, limit: int) -> dict[str, Any]:
    names = ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
    of_line = ("inscp_scp_amt", "preselfpay_amt", "overlmt_amt", "fulamt_ownpay_amt")
    parts = bill[:4]
    own_left = bill.own - sum(line[3] for line in bill.lines)
    feedetail: list[dict[str, Any]] = [
        {"finding": "unrelated", **{name: to_yuan(fen) for name, fen in zip(of_line, line, strict=True)}}
        for line in bill.lines
    ]
    feedetail.append({"fulamt_ownpay_amt": to_yuan(own_left)})
    payers = (("inclusive", bill.inclusive), ("charity", bill.charity), ("private", bill.private))
    return {
        "case_id": "r",
        "kind": "claim",
        "scheme": "changzhou-xinbei",
        "person": {"insutype": "390", "roster": {"2022": {"on_previous_december": True}}},
        "parameters": {"other_covered_annual_limit": to_yuan(limit)},
        "settlements": [
            {
                "setl_id": "b1",
                "med_type": "21",
                "setl_time": "2022-03-10",
                "medfee_sumamt": to_yuan(sum(parts)),
                **{name: to_yuan(fen) for name, fen in zip(names, parts, strict=True)},
                **{name: to_yuan(fen) for name, fen in zip(FUNDS, bill.funds, strict=True)},
                "hosp_part_amt": to_yuan(bill.hospital),
                "later_payers": [
                    {"payer": payer, "unsplit": to_yuan(paid)} for payer, paid in payers if paid
                ],
                "feedetail": feedetail,
            }
        ],
    }


def test_1500_random_settlements_agree_with_the_second_writing() -> None:
    chance = random.Random(20220310)
    payable = 0
    for _ in range(1500):
        bill, limit = _bill(chance), chance.choice((2_000_000, chance.randint(0, 4_000_000)))
        found = calculate(
            _document(bill, limit), lambda lines, facts: [LineVerdict("covered") for _ in lines]
        )
        settlement = found["settlements"][0]
        if settlement["status"] != "payable":
            assert settlement["status"] == "rejected", settlement["reasons"]
            assert bill.lines
            continue
        payable += 1
        inside, other = straight.benefit(bill, limit)
        assert (parse_yuan(settlement["in_catalogue"]), parse_yuan(settlement["other"])) == (inside, other), (
            bill
        )
    assert payable > 1200
