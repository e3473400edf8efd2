"""What a clerk types from one paper: conformance case XB-03 with its dates moved."""

from typing import Any

SHEET = {
    "setl_id": "SETL20260215088213",
    "med_type": "21",
    "begndate": "2026-02-01",
    "enddate": "2026-02-15",
    "setl_time": "2026-02-15",
    "insutype": "390",
    "hospital": "龙城中心医院",
    "referral": "local",
    "region": "mainland",
    "bill_code": "32060126",
    "bill_no": "0012345678",
    "check_code": "a1b2c3",
    "medfee_sumamt": "60,879.37",
    "inscp_scp_amt": "45000",
    "preselfpay_amt": "3846.27",
    "overlmt_selfpay": "433.10",
    "fulamt_ownpay_amt": "11600.00",
    "hifp_pay": "27000",
    "hifmi_pay": "0",
    "maf_pay": "12000",
    "psn_cash_pay": "21879.37",
    "inclusive": "paid",
    "inclusive_amount": "4000",
    "charity": "none",
    "private": "none",
    "third_party": "none",
    "applicant": "self",
}

LINES_TEXT = (
    "项目名称\t单价\t数量\t金额\t等级\t自费\t费用类别\n"
    "目录外植入材料\t5800.00\t1\t5800.00\t丙类\t5800.00\t卫生材料费\n"
    "目录外治疗项目\t290.00\t20\t5800.00\t丙类\t5800.00\t治疗费\n"
    "目录内各项\t49279.37\t1\t49279.37\t甲类\t0\t治疗费\n"
    "合计\t\t\t60879.37\t\t11600.00\t"
)


def sheet(**changes: Any) -> dict[str, str]:
    """Return the sheet with other values."""
    return {**SHEET, **{name: str(value) for name, value in changes.items()}}
