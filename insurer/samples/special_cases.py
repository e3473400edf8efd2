"""The cases that a claims desk must get right, each at least once among the sample settlements."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from insurer.kernel.money import parse_yuan, share, to_yuan
from insurer.samples.bills import Bill, Document, document
from insurer.samples.evidence import papers_of
from insurer.samples.fee_lines import Item, make_item
from insurer.samples.hospitals import FAR, LOCAL, NOT_DESIGNATED, OVERSEAS, PHARMACIES
from insurer.samples.ordinary import Desk, settle
from insurer.samples.payers import Paid
from insurer.samples.people import Person, Population

AMOUNTS = (
    "medfee_sumamt",
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "act_pay_dedc",
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "hifdm_pay",
    "maf_pay",
    "hosp_part_amt",
    "oth_pay",
    "fund_pay_sumamt",
    "psn_part_amt",
    "acct_pay",
    "psn_cash_pay",
    "acct_mulaid_pay",
)
"""The amounts of ``setlinfo``."""

_LINE_AMOUNTS = (
    "cnt",
    "det_item_fee_sumamt",
    "fulamt_ownpay_amt",
    "overlmt_amt",
    "preselfpay_amt",
    "inscp_scp_amt",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A settlement document with what is meant to become of it.

    ``label`` names the special case (empty: ordinary), ``expected`` is ``payable``, ``held``, ``rejected``,
    ``reversed`` (cancels an earlier one) or ``known`` (changes nothing), ``reason`` the code of a refusal or
    hold, ``missing`` the kind of paper that was forgotten.
    """

    document: Document
    label: str = ""
    expected: str = "payable"
    reason: str | None = None
    missing: str | None = None

    @property
    def setl_id(self) -> str:
        """The settlement's number."""
        return str(self.document["setlinfo"]["setl_id"])


def _outside(name: str, code: str, charge: str, price: str, list_type: str = "201") -> Item:
    return make_item(name, code, list_type, charge, "03", price)


PET_CT = _outside("18F-FDG PET/CT全身显像", "002304000010000", "03", "7000.00")
CAPSULE = _outside("磁控胶囊胃镜检查", "003109020180000", "03", "3680.00")
ORGAN = _outside("供肝", "C09900000000000009901", "08", "68000.00", "301")
AT_THRESHOLD = _outside("进口吻合器(目录外)", "C09900000000000009902", "08", "5000.00", "301")
BELOW_THRESHOLD = _outside("生物型疝补片(目录外)", "C09900000000000009903", "08", "4999.99", "301")
PATCH = _outside("生物型硬脑膜补片(目录外)", "C09900000000000009904", "08", "4600.00", "301")
HERB = make_item("冬虫夏草", "T001700203", "102", "10", "03", "186.50")
SUITE = _outside("特需病房床位费", "001109000050000", "01", "680.00")
ATTENDANT = _outside("陪护费", "001209000010000", "07", "150.00")
TELEPHONE = _outside("病房电话费", "001109000090000", "14", "25.00")
OUTSIDE_DRUG = _outside("脾多肽注射液", "XL03AXP099A001010001", "09", "46.80", "101")
ROBOT = _outside("机器人辅助手术操作费(目录外)", "003306000990000", "06", "6800.00")
CLOTTING_FACTOR = make_item(
    "注射用重组人凝血因子Ⅷ", "XB02BDR121B001010102001", "101", "09", "02", "1580.00", first_pay=20
)
_OUTSIDE_MATERIAL = _outside("医用防护敷贴(目录外)", "C09900000000000009905", "08", "260.00", "301")


@dataclass(slots=True)
class _Maker:
    """Hands out persons in order, so that no two special cases share one by accident."""

    desk: Desk
    population: Population
    covered: list[Person]
    made: list[Sample]
    month: int = 0

    def person(self) -> Person:
        return self.covered.pop()

    def stay(self, person: Person | None = None, kind: str = "ward", **given: Any) -> Bill:
        self.month = self.month % 9 + 1
        given.setdefault("lines", 14)
        return self.desk.bill(person or self.person(), given.pop("month", self.month), kind, **given)

    def put(self, label: str, bill: Bill, expected: str = "payable", reason: str | None = None) -> Document:
        made = document(bill, papers_of(bill))
        self.made.append(Sample(made, label, expected, reason))
        return made


def special_cases(desk: Desk, population: Population, covered: list[Person]) -> list[Sample]:
    """Return every special case; persons are taken off the end of ``covered``, which must not run out.

    Some cases are several documents (a bill and its reversal, the bills that reach the yearly limit).
    """
    maker = _Maker(desk, population, covered, [])
    for part in (_lines, _payers, _places, _people, _records, _yearly_limit):
        part(maker)
    return maker.made


def _lines(maker: _Maker) -> None:
    cases: tuple[tuple[str, tuple[tuple[Item, int], ...]], ...] = (
        ("pet_ct", ((PET_CT, 1),)),
        ("capsule_endoscopy", ((CAPSULE, 1),)),
        ("organ_source", ((ORGAN, 1),)),
        ("material_at_threshold", ((AT_THRESHOLD, 1),)),
        ("material_below_threshold", ((BELOW_THRESHOLD, 1),)),
        ("nonpayable_herb", ((HERB, 10),)),
        ("special_service", ((SUITE, 3), (ATTENDANT, 3), (TELEPHONE, 1))),
        ("outside_drug", ((OUTSIDE_DRUG, 10),)),
    )
    for label, items in cases:
        bill = maker.stay()
        for item, count in items:
            bill.lines.add(item, count, bill.ended.isoformat())
        maker.put(label, settle(bill))
    bill = maker.stay()
    bill.lines.add(ROBOT, 1, bill.ended.isoformat())
    maker.put("line_for_review", settle(bill), "held", "needs_review")
    bill = maker.stay()
    drug = next(row for row in bill.lines.rows if int(row["cnt"]) > 1)
    item = make_item(
        drug["medins_list_name"],
        drug["med_list_codg"] or "",
        drug["list_type"],
        drug["med_chrgitm_type"],
        drug["chrgitm_lv"],
        drug["pric"],
        first_pay=int(drug["selfpay_prop"].removeprefix("0.")) if drug["chrgitm_lv"] == "02" else 0,
    )
    bill.lines.add(item, -1, bill.ended.isoformat(), refund_of=drug["feedetl_sn"])
    maker.put("refund_line", settle(bill))


def _later(bill: Bill, payer: str, percent: int, *, split: bool) -> dict[str, Any]:
    """Let a later payer take ``percent`` of what the person still bears."""
    inside = bill.lines.scope + bill.lines.first - bill.paid.funds - bill.paid.hospital
    outside = bill.lines.over + bill.lines.own
    paper = {
        "payer": payer,
        "document_no": f"{payer[:2].upper()}{bill.setl_id[-9:]}",
        "paid_on": (bill.ended + timedelta(days=20)).isoformat(),
    }
    if not split:
        return {**paper, "unsplit": to_yuan(share(inside + outside, percent, 100))}
    return {
        **paper,
        "in_catalogue": to_yuan(share(inside, percent, 100)),
        "outside_catalogue": to_yuan(share(outside, percent, 100)),
    }


def _payers(maker: _Maker) -> None:
    for label, later in (
        ("later_split", (("inclusive", 30, True),)),
        ("later_unsplit", (("inclusive", 25, False),)),
        ("later_two", (("inclusive", 20, True), ("charity", 15, False))),
        ("private_payer", (("private", 60, False),)),
    ):
        bill = maker.stay(kind="surgery")
        bill.lines.add(_OUTSIDE_MATERIAL, 4, bill.ended.isoformat())
        settle(bill)
        bill.later_payers = [_later(bill, payer, percent, split=split) for payer, percent, split in later]
        maker.put(label, bill)
    bill = maker.stay()
    maker.put("hospital_borne", settle(bill, hospital=bill.lines.scope // 50))
    bill = maker.stay(hospital=LOCAL[3])
    bill.lines.add(CLOTTING_FACTOR, 90, bill.ended.isoformat())
    # Medical assistance has reached its own limit: so much is left that a supervisor has to decide.
    settle(bill).paid = replace(bill.paid, maf=0)
    maker.put("large_benefit", bill)
    bill = maker.stay()
    maker.put("unnamed_fund", settle(bill, other=12_345), "held", "other_fund")
    bill = maker.stay()
    bill.facts["upstream_pending"] = ["charity"]
    maker.put("charity_pending", bill, "held", "upstream_pending")


def _places(maker: _Maker) -> None:
    bill = maker.stay(hospital=OVERSEAS)
    bill.paid = Paid()
    maker.put("overseas", bill, "rejected", "overseas")
    for label, referral, expected, reason in (
        ("no_referral", "missing", "rejected", "no_referral"),
        ("emergency_elsewhere", "emergency", "held", "not_designated"),
        ("referred_elsewhere", "referred", "payable", None),
    ):
        bill = maker.stay(hospital=NOT_DESIGNATED)
        bill.facts["referral"] = referral
        maker.put(label, bill, expected, reason)
    bill = maker.stay(kind="clinic", hospital=NOT_DESIGNATED, lines=6)
    maker.put("clinic_not_designated", bill, "rejected", "not_designated")
    maker.put("referred_far", maker.stay(hospital=FAR[1]))
    maker.put("dual_channel", maker.stay(kind="pharmacy", hospital=PHARMACIES[1], lines=5))
    bill = maker.stay(kind="pharmacy", hospital=PHARMACIES[0], lines=5)
    bill.facts["dual_channel"] = False
    maker.put("retail_pharmacy", bill, "rejected", "retail_pharmacy")
    for label, third_party, expected, reason in (
        ("accident_alone", "none", "payable", None),
        ("accident_settled", "settled", "payable", None),
        ("third_party_unresolved", "unresolved", "held", "third_party_unresolved"),
    ):
        bill = maker.stay(med_type="22")
        bill.facts["third_party"] = third_party
        bill.diagnosis = ("S72.000", "股骨颈骨折")
        maker.put(label, bill, expected, reason)


def _people(maker: _Maker) -> None:
    people, year = maker.population, maker.population.year
    maker.put("not_on_roster", maker.stay(people.strangers[0]), "rejected", "not_insured")
    for person in people.on_employee_scheme()[:1]:
        maker.put("employee_scheme", maker.stay(person), "rejected", "not_insured")
    for person in people.on_the_margin()[:1]:
        maker.put("margin_person", maker.stay(person), "rejected", "not_insured")
    for person in people.newcomers()[:1]:
        early = maker.stay(person, month=12, year=year - 1)
        maker.put("before_approval", early, "rejected", "not_insured")
        maker.put("after_approval", maker.stay(person, month=3))
    for person in people.newcomers()[1:3]:
        maker.put("after_approval", maker.stay(person, kind="chronic", lines=6))
    gone = next((p for p in maker.covered if p.listed == "december"), None)
    if gone is not None:
        maker.covered.remove(gone)
        maker.put("gone_in_january", maker.stay(gone, month=5))


def _records(maker: _Maker) -> None:
    first = maker.put("same_record", maker.stay())
    maker.made.append(Sample(copy.deepcopy(first), "same_record", "known"))
    first = maker.put("same_invoice", maker.stay())
    maker.made.append(
        Sample(_renumbered(first, maker.desk.number()), "same_invoice", "rejected", "duplicate")
    )
    bill = maker.stay()
    settle(bill, hospital=3_286)
    first = maker.put("reversed", bill, "reversed")
    reversal = _reversal(first, maker.desk, bill.ended + timedelta(days=9))
    maker.made.append(Sample(reversal, "reversal", "reversed"))
    spoilers: tuple[tuple[str, Callable[[Document], None], str, str | None], ...] = (
        ("variant_names", _in_variant_names, "payable", None),
        ("noisy_text", _with_noisy_text, "payable", None),
        ("noisy_numbers", _with_noisy_numbers, "payable", None),
        ("parts_do_not_add_up", _with_parts_off, "held", "amounts_mismatch"),
        ("lines_do_not_add_up", _with_lines_off, "held", "lines_mismatch"),
    )
    for label, spoil, expected, reason in spoilers:
        bill = maker.stay()
        bill.lines.add(_OUTSIDE_MATERIAL, 2, bill.ended.isoformat())
        spoil(maker.put(label, settle(bill), expected, reason))


def _yearly_limit(maker: _Maker) -> None:
    """Four operations of one person: half of the outside cost passes 20 000 yuan with the third."""
    person = maker.person()
    for month in (2, 4, 6, 8):
        bill = maker.stay(person, kind="surgery", month=month, hospital=LOCAL[3])
        bill.lines.add(PATCH, 3, bill.ended.isoformat())
        maker.put("yearly_limit", settle(bill))


def _renumbered(original: Document, setl_id: str) -> Document:
    twin = copy.deepcopy(original)
    twin["setlinfo"]["setl_id"] = setl_id
    twin["setlinfo"]["mdtrt_id"] = f"320400M{setl_id[7:]}"
    for line in twin["feedetail"]:
        line["setl_id"] = setl_id
    return twin


def _negative(text: str) -> str:
    return text if text.strip("0.") == "" else f"-{text}"


def _reversal(original: Document, desk: Desk, day: date) -> Document:
    """Return the record that cancels ``original``: all negative, and some amounts under other names."""
    back = _renumbered(original, desk.number())
    head = back["setlinfo"]
    for name in AMOUNTS:
        head[name] = _negative(head[name])
    head["psn_pay"], head["psn_part_amt"] = head["psn_part_amt"], None
    head["ownpay_hosp_part"], head["hosp_part_amt"] = head["hosp_part_amt"], None
    head["refd_setl_flag"] = "1"
    head["reverses"] = original["setlinfo"]["setl_id"]
    head["setl_time"] = f"{day.isoformat()} 10:20:00"
    for fund in back["setldetail"]:
        fund["fund_payamt"] = _negative(fund["fund_payamt"])
        fund["inscp_scp_amt"] = _negative(fund["inscp_scp_amt"])
        if fund["fund_pay_type"] == "999996":
            fund["fund_pay_type"] = "999997"
    for line in back["feedetail"]:
        line["init_feedetl_sn"] = line["feedetl_sn"]
        for name in _LINE_AMOUNTS:
            line[name] = _negative(line[name])
    for row in back["iteminfo"]:
        row["amt"] = _negative(row["amt"])
    red = back["invoice"]
    red["reverses"] = {"bill_code": red["bill_code"], "bill_no": red["bill_no"]}
    red["bill_no"] = f"9{red['bill_no'][1:]}"
    red["amount"] = _negative(red["amount"])
    red["issue_date"] = day.isoformat()
    red["check_code"] = desk.check_code()
    back["evidence"] = [paper for paper in back["evidence"] if paper["kind"] == "settlement_sheet"]
    return back


def _in_variant_names(made: Document) -> None:
    """Write the amounts under the names of the platform's query exchange instead of its settlement reply."""
    head = made["setlinfo"]
    for name, variant in (
        ("psn_part_amt", "psn_pay"),
        ("psn_cash_pay", "cash_payamt"),
        ("inscp_scp_amt", "inscp_amt"),
        ("hosp_part_amt", "ownpay_hosp_part"),
        ("insuplc_admdvs", "insu_admdvs"),
        ("oth_pay", "othfund_pay"),
    ):
        head[variant] = head.pop(name)


def _noisy(text: str) -> str:
    """Write an amount as a system does that calculated it in binary: digits of noise at the end."""
    sign_and_point = 1 + text.startswith("-")
    return f"{text}{'0' * (15 - len(text) + sign_and_point)}1"


def _with_noisy_text(made: Document) -> None:
    for name in AMOUNTS:
        made["setlinfo"][name] = _noisy(made["setlinfo"][name])
    for line in made["feedetail"]:
        line["det_item_fee_sumamt"] = _noisy(line["det_item_fee_sumamt"])


def _with_noisy_numbers(made: Document) -> None:
    # Numbers that JSON writes with noise, as one province's exports do; they are never calculated with.
    for name in AMOUNTS:
        made["setlinfo"][name] = float(_noisy(made["setlinfo"][name]))


def _shift(head: Document, name: str, fen: int) -> None:
    head[name] = to_yuan(parse_yuan(head[name]) + fen)


def _with_parts_off(made: Document) -> None:
    _shift(made["setlinfo"], "preselfpay_amt", 100)


def _with_lines_off(made: Document) -> None:
    """Move ten yuan between two parts of the header: the sums still hold, the lines no longer do."""
    _shift(made["setlinfo"], "fulamt_ownpay_amt", 1_000)
    _shift(made["setlinfo"], "inscp_scp_amt", -1_000)
