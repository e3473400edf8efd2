"""One invented bill and its settlement document with the national platform's field names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from insurer.kernel.money import parse_yuan, to_yuan
from insurer.samples.fee_lines import FeeLines
from insurer.samples.hospitals import Hospital
from insurer.samples.payers import Paid
from insurer.samples.people import Person

Document = dict[str, Any]
"""A settlement: ``setlinfo``, ``setldetail``, ``feedetail``, ``invoice``, ``later_payers``, ``evidence``."""

REGION = "320411"
_CLEARING = {"2": "21", "4": "41"}


@dataclass(slots=True)
class Bill:
    """What happened: who, where, when, at what cost, and who paid before us; amounts in fen.

    ``facts`` are further settlement facts under the names of a case document (``referral``,
    ``third_party``, ``dual_channel``, ``upstream_pending``).
    """

    setl_id: str
    person: Person
    hospital: Hospital
    med_type: str
    begun: date
    ended: date
    diagnosis: tuple[str, str]
    lines: FeeLines
    paid: Paid
    check_code: str
    later_payers: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def inpatient(self) -> bool:
        """Whether the bill is for a stay."""
        return self.med_type[:1] == "2"

    @property
    def personal(self) -> int:
        """What the person bears after funds and hospital, before any later payer."""
        return self.lines.total - self.paid.funds - self.paid.hospital


def settlement_id(seed: int, number: int) -> str:
    """Return the 20-character settlement number of the ``number``-th bill of a seed."""
    return f"320400G{seed % 10_000:04d}{number:09d}"


def invoice_of(bill: Bill) -> dict[str, Any]:
    """Return the electronic invoice of a bill; its code and number are unique within one seed."""
    series = "06" if bill.inpatient else "07"
    return {
        "bill_code": f"32{series}01{bill.ended.year % 100:02d}",
        "bill_no": bill.setl_id[8:11] + bill.setl_id[-7:],
        "check_code": bill.check_code,
        "amount": to_yuan(bill.lines.total),
        "issue_date": bill.ended.isoformat(),
        "name": "江苏省医疗住院收费票据（电子）" if bill.inpatient else "江苏省医疗门诊收费票据（电子）",
    }


def document(bill: Bill, evidence: list[dict[str, Any]]) -> Document:
    """Write a bill as the settlement document that a hospital or bureau system exports."""
    person, hospital, lines, paid = bill.person, bill.hospital, bill.lines, bill.paid
    age = bill.ended.year - person.brdy.year
    setlinfo: dict[str, Any] = {
        "mdtrt_id": f"320400M{bill.setl_id[7:]}",
        "setl_id": bill.setl_id,
        "psn_no": person.psn_no,
        "psn_name": person.psn_name,
        "psn_cert_type": "01",
        "certno": person.certno,
        "gend": "1" if person.male else "2",
        "naty": "99" if "·" in person.psn_name else "01",
        "brdy": person.brdy.isoformat(),
        "age": f"{age}.0",
        "insutype": person.insutype,
        "psn_type": "1101" if person.insutype == "310" else "1403" if age < 18 else "1501",
        "cvlserv_flag": "0",
        "setl_time": f"{bill.ended.isoformat()} 16:05:00",
        "mdtrt_cert_type": "03",
        "med_type": bill.med_type,
        "medfee_sumamt": to_yuan(lines.total),
        "fulamt_ownpay_amt": to_yuan(lines.own),
        "overlmt_selfpay": to_yuan(lines.over),
        "preselfpay_amt": to_yuan(lines.first),
        "inscp_scp_amt": to_yuan(lines.scope),
        "act_pay_dedc": to_yuan(paid.deductible),
        "hifp_pay": to_yuan(paid.hifp),
        "pool_prop_selfpay": f"0.{paid.rate:02d}00",
        "cvlserv_pay": "0.00",
        "hifes_pay": "0.00",
        "hifmi_pay": to_yuan(paid.hifmi),
        "hifob_pay": to_yuan(paid.hifob),
        "hifdm_pay": "0.00",
        "maf_pay": to_yuan(paid.maf),
        "hosp_part_amt": to_yuan(paid.hospital),
        "oth_pay": to_yuan(paid.other),
        "fund_pay_sumamt": to_yuan(paid.funds),
        "psn_part_amt": to_yuan(bill.personal),
        "acct_pay": to_yuan(paid.account),
        "psn_cash_pay": to_yuan(bill.personal - paid.account),
        "balc": "0.00",
        "acct_mulaid_pay": "0.00",
        "medins_setl_id": f"{hospital.code}{bill.ended:%Y%m%d}160500{bill.setl_id[-4:]}",
        "clr_optins": REGION,
        "clr_way": "1",
        "clr_type": _CLEARING.get(bill.med_type[:1], "11"),
        "insuplc_admdvs": REGION,
        "fixmedins_code": hospital.code,
        "fixmedins_name": hospital.name,
        "fixmedins_poolarea": hospital.district,
        "hosp_lv": hospital.level,
        "begndate": bill.begun.isoformat(),
        "enddate": bill.ended.isoformat(),
        "dise_codg": bill.diagnosis[0],
        "dise_name": bill.diagnosis[1],
        "pay_loc": "2",
        "setl_type": "2",
        "refd_setl_flag": "0",
        "year": str(bill.ended.year),
        "fixmedins": hospital.facts(),
        "dual_channel": False,
        "referral": "local",
        "third_party": "none",
        "upstream_pending": [],
        **bill.facts,
    }
    return {
        "setlinfo": setlinfo,
        "setldetail": _funds(bill),
        "feedetail": lines.rows,
        "iteminfo": category_totals(lines.rows),
        "invoice": invoice_of(bill),
        "later_payers": bill.later_payers,
        "evidence": evidence,
    }


def category_totals(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the rows of the settlement list: what the lines come to by charge category."""
    sums: dict[str, int] = {}
    for row in rows:
        category = row["med_chrgitm_type"]
        sums[category] = sums.get(category, 0) + parse_yuan(row["det_item_fee_sumamt"])
    return [{"med_chrgitm": category, "amt": to_yuan(fen)} for category, fen in sorted(sums.items())]


def _funds(bill: Bill) -> list[dict[str, Any]]:
    """Return the settlement by fund; as on the platform it also carries account and hospital."""
    paid, employee = bill.paid, bill.person.insutype == "310"
    scope = to_yuan(bill.lines.scope)
    rows = (
        ("310100", "职工基本医疗保险统筹基金", paid.hifp if employee else 0),
        ("390100", "城乡居民基本医疗保险基金", 0 if employee else paid.hifp),
        ("390200", "城乡居民大病保险资金", paid.hifmi),
        ("330100", "职工大额医疗费用补助基金", paid.hifob),
        ("610100", "医疗救助基金", paid.maf),
        ("999901", "其他基金", paid.other),
        ("999996", "医院垫付", paid.hospital),
        ("310201", "个人账户", paid.account),
    )
    return [
        {
            "fund_pay_type": code,
            "fund_pay_type_name": name,
            "inscp_scp_amt": scope,
            "crt_payb_lmt_amt": "0.00",
            "fund_payamt": to_yuan(amount),
            "setl_proc_info": "",
        }
        for code, name, amount in rows
        if amount
    ]
