import time
from collections import Counter
from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from insurer.samples.bills import Document
from insurer.samples.people import make_population
from insurer.samples.settlements import iter_settlements, sample_settlements
from insurer.samples.special_cases import Sample
from insurer.samples.write import SampleFiles, write_samples

CENT = Decimal("0.01")
UNEVEN = {"parts_do_not_add_up", "lines_do_not_add_up"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    return write_samples(tmp_path_factory.mktemp("samples"))


def amount(row: dict[str, Any], *names: str) -> Decimal:
    """Read the first name that is there to the fen, as an import does."""
    value = next(row[name] for name in names if row.get(name) is not None)
    return Decimal(str(value)).quantize(CENT)


def parts(head: dict[str, Any]) -> Decimal:
    return (
        amount(head, "inscp_scp_amt", "inscp_amt")
        + amount(head, "preselfpay_amt")
        + amount(head, "overlmt_selfpay")
        + amount(head, "fulamt_ownpay_amt")
    )


def check_identities(document: Document) -> None:
    head, lines = document["setlinfo"], document["feedetail"]
    total = amount(head, "medfee_sumamt")
    borne = amount(head, "psn_part_amt", "psn_pay")
    funds = amount(head, "fund_pay_sumamt")
    named = ("hifp_pay", "hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay", "maf_pay")
    assert total == parts(head)
    assert total == funds + amount(head, "hosp_part_amt", "ownpay_hosp_part") + borne
    assert borne == amount(head, "acct_pay") + amount(head, "psn_cash_pay", "cash_payamt")
    assert funds == sum(amount(head, name) for name in named) + amount(head, "oth_pay", "othfund_pay")
    for line in lines:
        pieces = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
        assert amount(line, "det_item_fee_sumamt") == sum(amount(line, piece) for piece in pieces)
    for names, line_name in (
        (("medfee_sumamt",), "det_item_fee_sumamt"),
        (("fulamt_ownpay_amt",), "fulamt_ownpay_amt"),
        (("overlmt_selfpay",), "overlmt_amt"),
        (("preselfpay_amt",), "preselfpay_amt"),
        (("inscp_scp_amt", "inscp_amt"), "inscp_scp_amt"),
    ):
        assert amount(head, *names) == sum(amount(line, line_name) for line in lines)


def test_every_record_keeps_the_identities_but_the_two_that_are_meant_not_to(files: SampleFiles) -> None:
    for sample in files.samples:
        if sample.label not in UNEVEN:
            check_identities(sample.document)


def test_the_two_uneven_records_break_just_one_identity_each(files: SampleFiles) -> None:
    (parts_off,) = files.labelled("parts_do_not_add_up")
    head = parts_off.document["setlinfo"]
    assert parts(head) - amount(head, "medfee_sumamt") == Decimal("1.00")
    (lines_off,) = files.labelled("lines_do_not_add_up")
    head = lines_off.document["setlinfo"]
    own = sum(amount(line, "fulamt_ownpay_amt") for line in lines_off.document["feedetail"])
    assert parts(head) == amount(head, "medfee_sumamt")
    assert amount(head, "fulamt_ownpay_amt") - own == Decimal("10.00")


def test_the_funds_of_the_detail_without_account_and_hospital_are_those_of_the_header(
    files: SampleFiles,
) -> None:
    for sample in files.samples:
        funds = [
            Decimal(row["fund_payamt"])
            for row in sample.document["setldetail"]
            if not row["fund_pay_type"].startswith(("3102", "99999"))
        ]
        assert sum(funds, Decimal(0)) == amount(sample.document["setlinfo"], "fund_pay_sumamt")


def test_a_line_amount_differs_from_price_times_count_by_less_than_the_price_is_rounded(
    files: SampleFiles,
) -> None:
    lines = [
        line
        for sample in files.samples
        if sample.label != "noisy_text"
        for line in sample.document["feedetail"]
    ]
    odd = 0
    for line in lines:
        product = Decimal(line["pric"]) * Decimal(line["cnt"])
        assert abs(product - Decimal(line["det_item_fee_sumamt"])) <= CENT
        odd += product != Decimal(line["det_item_fee_sumamt"])
    assert odd > 20


def test_there_are_as_many_records_as_asked_for_with_five_to_forty_lines(files: SampleFiles) -> None:
    assert len(files.samples) == 220
    assert all(5 <= len(sample.document["feedetail"]) <= 40 for sample in files.samples)
    kinds = Counter(sample.document["setlinfo"]["med_type"][:2] for sample in files.samples)
    assert {"21", "22", "11", "14", "41"} <= set(kinds)


def test_most_records_are_meant_to_be_paid(files: SampleFiles) -> None:
    complete = [s for s in files.samples if s.expected == "payable" and s.missing is None]
    assert len(complete) >= 0.75 * len(files.samples)


def test_every_special_case_is_there(files: SampleFiles) -> None:
    wanted = {
        "reversed", "reversal", "same_invoice", "same_record", "overseas", "pet_ct", "capsule_endoscopy",
        "organ_source", "material_at_threshold", "material_below_threshold", "nonpayable_herb",
        "special_service", "outside_drug",
        "line_for_review", "large_benefit", "refund_line", "later_split", "later_unsplit", "later_two",
        "private_payer", "hospital_borne", "unnamed_fund", "charity_pending", "no_referral",
        "emergency_elsewhere", "referred_elsewhere", "clinic_not_designated", "referred_far", "dual_channel",
        "retail_pharmacy", "accident_alone", "accident_settled", "third_party_unresolved", "not_on_roster",
        "employee_scheme", "margin_person", "before_approval", "after_approval", "gone_in_january",
        "variant_names", "noisy_text", "noisy_numbers", "parts_do_not_add_up", "lines_do_not_add_up",
        "yearly_limit", "",
    }  # fmt: skip
    assert {sample.label for sample in files.samples} == wanted


def one(files: SampleFiles, label: str, **wanted: str) -> Sample:
    found = [s for s in files.labelled(label) if all(getattr(s, k) == v for k, v in wanted.items())]
    assert len(found) == 1
    return found[0]


def test_a_reversal_is_negative_names_its_original_and_hides_two_amounts_under_other_names(
    files: SampleFiles,
) -> None:
    original, back = one(files, "reversed").document, one(files, "reversal").document
    head = back["setlinfo"]
    assert head["reverses"] == original["setlinfo"]["setl_id"]
    assert head["refd_setl_flag"] == "1"
    assert amount(head, "medfee_sumamt") == -amount(original["setlinfo"], "medfee_sumamt")
    assert head["psn_part_amt"] is None
    assert head["hosp_part_amt"] is None
    assert amount(head, "ownpay_hosp_part") == Decimal("-32.86")
    assert "999997" in {row["fund_pay_type"] for row in back["setldetail"]}
    assert head["setl_time"] > original["setlinfo"]["setl_time"]


def test_a_duplicate_invoice_has_another_settlement_number_and_a_repeated_record_has_not(
    files: SampleFiles,
) -> None:
    first, second = files.labelled("same_invoice")
    assert first.setl_id != second.setl_id
    assert first.document["invoice"] == second.document["invoice"]
    first, second = files.labelled("same_record")
    assert first.document == second.document
    ids = Counter(sample.setl_id for sample in files.samples)
    assert [count for count in ids.values() if count > 1] == [2]


def test_invoices_are_unique_but_for_the_two_repeated_ones(files: SampleFiles) -> None:
    keys = Counter(
        (s.document["invoice"]["bill_code"], s.document["invoice"]["bill_no"]) for s in files.samples
    )
    assert sorted(keys.values())[-3:] == [1, 2, 2]
    assert all(len(code) == 8 and len(number) == 10 for code, number in keys)


def test_one_person_passes_the_yearly_limit_of_the_half_paid_part(files: SampleFiles) -> None:
    bills = [sample.document for sample in files.labelled("yearly_limit")]
    assert len({bill["setlinfo"]["certno"] for bill in bills}) == 1
    halves = [
        (amount(bill["setlinfo"], "fulamt_ownpay_amt") + amount(bill["setlinfo"], "overlmt_selfpay")) / 2
        for bill in bills
    ]
    assert sum(halves[:2]) < 20_000 < sum(halves[:3])


def test_noise_stands_in_the_file_as_text_and_as_numbers(files: SampleFiles) -> None:
    lines = [orjson.loads(line)["setlinfo"] for line in files.settlements.read_bytes().splitlines()]
    by_id = {head["setl_id"]: head for head in lines}
    texts = by_id[one(files, "noisy_text").setl_id]
    assert len(texts["medfee_sumamt"]) >= 16
    raw = files.settlements.read_text(encoding="utf-8")
    numbers = by_id[one(files, "noisy_numbers").setl_id]
    assert isinstance(numbers["medfee_sumamt"], float)
    assert f'"medfee_sumamt":{numbers["medfee_sumamt"]!r}' in raw
    assert len(repr(numbers["medfee_sumamt"])) >= 16


def test_dates_lie_between_january_and_november_and_follow_in_order(files: SampleFiles) -> None:
    times = [sample.document["setlinfo"]["setl_time"] for sample in files.samples]
    assert times == sorted(times)
    early = one(files, "before_approval").document["setlinfo"]["setl_time"]
    assert early.startswith("2025-12")
    assert all("2026-01-01" <= moment < "2026-12" for moment in times if moment != early)


def test_stays_of_one_person_do_not_overlap(files: SampleFiles) -> None:
    stays: dict[str, list[tuple[str, str]]] = {}
    seen = set()
    for sample in files.samples:
        head = sample.document["setlinfo"]
        if sample.label in ("reversal", "same_invoice") or sample.setl_id in seen:
            continue
        seen.add(sample.setl_id)
        stays.setdefault(head["certno"], []).append((head["begndate"], head["enddate"]))
    for spans in stays.values():
        spans.sort()
        assert all(before[1] < after[0] for before, after in pairwise(spans))


def test_the_same_arguments_give_the_same_bytes_and_another_seed_gives_others(
    files: SampleFiles, tmp_path: Path
) -> None:
    again = write_samples(tmp_path / "again")
    other = write_samples(tmp_path / "other", seed=5)
    assert again.settlements.read_bytes() == files.settlements.read_bytes()
    assert not {s.setl_id for s in other.samples} & {s.setl_id for s in files.samples}


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_identities_and_special_cases_hold_for_other_seeds_and_years(seed: int) -> None:
    samples = sample_settlements(make_population(seed=seed, year=2020 + seed), seed=seed, settlements=90)
    assert len(samples) == 90
    assert len({sample.label for sample in samples}) == 46
    for sample in samples:
        assert 5 <= len(sample.document["feedetail"]) <= 40
        if sample.label not in UNEVEN:
            check_identities(sample.document)


def test_too_little_room_or_too_few_people_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        sample_settlements(make_population(), settlements=20)
    with pytest.raises(ValueError, match="too small"):
        sample_settlements(make_population(persons=30), settlements=220)


def test_the_stream_gives_bills_of_the_length_asked_for_with_unique_numbers() -> None:
    stream = list(islice(iter_settlements(500, lines=10), 500))
    assert all(len(document["feedetail"]) == 10 for document in stream)
    assert len({document["setlinfo"]["setl_id"] for document in stream}) == 500
    for document in stream[:100]:
        check_identities(document)
    assert stream[:50] == list(islice(iter_settlements(500, lines=10), 50))


def test_the_stream_is_fast_enough_for_benchmarks() -> None:
    population = make_population(persons=1500)
    best = 0.0
    for _ in range(3):
        started = time.perf_counter()
        count = sum(1 for _ in iter_settlements(1500, lines=10, population=population))
        best = max(best, count / (time.perf_counter() - started))
    assert best > 2000
