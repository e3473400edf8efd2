"""Good documents of every kind, each with every field, for tests that spoil them."""

from typing import Any

LINES: list[dict[str, Any]] = [
    {
        "feedetl_sn": "1",
        "medins_list_name": "目录外材料甲",
        "list_type": "301",
        "med_chrgitm_type": "08",
        "chrgitm_lv": "03",
        "pric": "5800.00",
        "cnt": "1",
        "det_item_fee_sumamt": "5800.00",
        "fulamt_ownpay_amt": "5800.00",
        "finding": None,
    },
    {
        "feedetl_sn": "2",
        "medins_list_name": "目录内材料甲",
        "chrgitm_lv": "01",
        "pric": "100.00",
        "cnt": "1",
        "det_item_fee_sumamt": "100.00",
        "fulamt_ownpay_amt": "0.00",
        "inscp_scp_amt": "90.00",
        "preselfpay_amt": "9.00",
        "overlmt_amt": "1.00",
        "finding": "unrelated",
    },
]
SETTLEMENT: dict[str, Any] = {
    "setl_id": "b1",
    "med_type": "21",
    "begndate": "2022-06-01",
    "enddate": "2022-06-15",
    "setl_time": "2022-06-15",
    "medfee_sumamt": "16000.00",
    "inscp_scp_amt": "9000.00",
    "preselfpay_amt": "1000.00",
    "overlmt_selfpay": "200.00",
    "fulamt_ownpay_amt": "5800.00",
    "hifp_pay": "4000.00",
    "hifmi_pay": "0.00",
    "maf_pay": "1000.00",
    "oth_pay": "0.00",
    "hosp_part_amt": "0.00",
    "fund_pay_sumamt": "5000.00",
    "psn_part_amt": "11000.00",
    "act_pay_dedc": "500.00",
    "later_payers": [
        {"payer": "inclusive", "unsplit": "400.00"},
        {"payer": "charity", "in_catalogue": "1.00", "outside_catalogue": "1.00", "excluded": "1.00"},
    ],
    "fixmedins": {"kind": "hospital", "designated": True, "region": "mainland"},
    "dual_channel": False,
    "referral": "local",
    "third_party": "none",
    "upstream_pending": [],
    "reverses": None,
    "invoice": {"bill_code": "32060122", "bill_no": "0012345678", "check_code": "a1b2c3"},
    "feedetail": LINES,
}
XINBEI: dict[str, Any] = {
    "case_id": "malformed",
    "kind": "claim",
    "scheme": "changzhou-xinbei",
    "person": {
        "insutype": "390",
        "roster": {"2022": {"on_previous_december": False, "approved_on": "2022-03-03", "removed_on": None}},
    },
    "parameters": {"other_covered_annual_limit": "20000.00"},
    "readings": {"class_b_first_pay": "in_catalogue", "cover_end": "month"},
    "used": {"2022": {"other_covered": "100.00"}},
    "settlements": [SETTLEMENT, {**SETTLEMENT, "setl_id": "r1", "setl_time": "2022-07-01", "reverses": "b1"}],
}
NANTONG: dict[str, Any] = {
    "case_id": "malformed",
    "kind": "claim",
    "scheme": "nantong",
    "person": {
        "insutype": "390",
        "identities": [
            {
                "category": "min_living_allowance",
                "valid_from": "2023-01-01",
                "lost_decided_on": "2024-12-01",
            }
        ],
    },
    "parameters": {
        "general_outpatient_limit": "10000.00",
        "shared_limit": "155559.00",
        "critical_illness": {
            "standard_deductible": "20000.00",
            "assisted_deductible": "10000.00",
            "bands_above_deductible": [["50000.00", "0.60", "0.65"], [None, "0.70", "0.75"]],
        },
    },
    "readings": {
        "identity_loss": "month_end",
        "stay_identity": "best_of_stay",
        "no_referral_cut_points": "20",
        "critical_illness_tilt": "later_bills",
        "control_line_numerator": "all_personal",
    },
    "used": {
        "2024": {"shared": "1.00", "general_outpatient": "2.00", "critical_illness_self_pay": "3.00"},
    },
    "settlements": [
        {
            "setl_id": "b1",
            "med_type": "21",
            "begndate": "2024-03-01",
            "enddate": "2024-04-30",
            "setl_time": "2024-04-30",
            "medfee_sumamt": "236400.00",
            "inscp_scp_amt": "208400.00",
            "preselfpay_amt": "18000.00",
            "overlmt_selfpay": "0.00",
            "fulamt_ownpay_amt": "10000.00",
            "hifp_pay": "140000.00",
            "hifmi_pay": None,
            "hifob_pay": "0.00",
            "hifdm_pay": "10.00",
            "maf_pay": "10.00",
            "oth_pay": "0.00",
            "hosp_part_amt": "100.00",
            "later_payers": [{"payer": "charity", "unsplit": "1.00"}],
            "fixmedins": {"kind": "hospital", "designated": True, "region": "mainland", "in_county": True},
            "dual_channel": False,
            "referral": "missing_hardship_approved",
            "third_party": "none",
            "upstream_pending": [],
            "invoice": {"bill_code": "32060122", "bill_no": "0012345678", "check_code": "a1b2c3"},
            "feedetail": [
                {
                    "feedetl_sn": "1",
                    "medins_list_name": "目录外材料甲",
                    "list_type": "301",
                    "det_item_fee_sumamt": "10500.00",
                    "inscp_scp_amt": "500.00",
                    "fulamt_ownpay_amt": "10000.00",
                    "finding": "unlawful",
                }
            ],
        },
        {"setl_id": "r1", "reverses": "b1", "setl_time": "2024-05-30"},
    ],
}
SUBSIDY: dict[str, Any] = {
    "case_id": "malformed",
    "kind": "premium_subsidy",
    "scheme": "nantong",
    "readings": {"quota_premium_share": "0.90"},
    "individual_premium": "400.00",
    "people": [
        {"id": "p1", "category": "low_income_margin", "newly_recognised_uninsured": True},
        {"id": "p2", "category": "extremely_poor"},
    ],
}
TILTED: dict[str, Any] = {
    "case_id": "malformed",
    "kind": "tilted_assistance",
    "scheme": "nantong",
    "enabled": True,
    "in_scope_personal_after_three_layers": "26480.00",
    "demo_parameters": {"threshold": "10000.00", "rate": "0.50"},
}
SURPLUS: dict[str, Any] = {
    "case_id": "malformed",
    "kind": "surplus",
    "scheme": "changzhou-xinbei",
    "readings": {"operating_cost": "deducted_first"},
    "years": [
        {
            "year": 2022,
            "premium": "100000.00",
            "max_profit_rate": "0.175",
            "claims_paid": "60000.00",
            "operating_cost": "5000.00",
            "excess_use": "offset",
        },
        {"year": 2023, "premium": "100000.00", "max_profit_rate": "0.20", "claims_paid": "99000.00"},
    ],
}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "xinbei": XINBEI,
    "surplus": SURPLUS,
    "nantong": NANTONG,
    "subsidy": SUBSIDY,
    "tilted": TILTED,
}
