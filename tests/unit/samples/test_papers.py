import json
import time
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from python_calamine import CalamineError, CalamineWorkbook

from insurer.samples.broken import broken_settlements, write_broken
from insurer.samples.evidence import TITLES
from insurer.samples.papers import paper_bytes
from insurer.samples.people import make_population
from insurer.samples.settlements import sample_settlements
from insurer.samples.special_cases import Sample


@pytest.fixture(scope="module")
def samples() -> tuple[Sample, ...]:
    return sample_settlements(make_population())


def ink(page: Image.Image) -> int:
    """Count the black dots of a page."""
    return page.convert("1").histogram()[0]


def test_about_one_record_in_twelve_lacks_a_required_paper(samples: tuple[Sample, ...]) -> None:
    lacking = [sample for sample in samples if sample.missing]
    assert 0.05 <= len(lacking) / len(samples) <= 0.1
    for sample in lacking:
        assert sample.missing not in {paper["kind"] for paper in sample.document["evidence"]}


def test_complete_records_bring_what_their_kind_of_visit_needs(samples: tuple[Sample, ...]) -> None:
    for sample in samples:
        if sample.missing or sample.label == "reversal":
            continue
        head = sample.document["setlinfo"]
        kinds = {paper["kind"] for paper in sample.document["evidence"]}
        always = {"application", "identity", "bank_card", "settlement_sheet", "invoice", "fee_list"}
        assert always <= kinds <= set(TITLES)
        assert ("discharge_record" in kinds) == (head["med_type"][0] == "2")
        assert ("dual_channel_form" in kinds) == head["dual_channel"]
        assert ("accident_statement" in kinds) == (head["med_type"] == "22")
        for later in sample.document["later_payers"]:
            assert f"{later['payer']}_decision" in kinds


def test_every_paper_is_a_readable_file_of_the_type_and_length_it_says(samples: tuple[Sample, ...]) -> None:
    seen = set()
    for sample in samples:
        for paper in sample.document["evidence"]:
            if (paper["kind"], paper["pages"]) in seen:
                continue
            seen.add((paper["kind"], paper["pages"]))
            content = paper_bytes(sample.document, paper)
            if paper["filename"].endswith(".png"):
                with Image.open(BytesIO(content)) as image:
                    assert image.format == "PNG"
                    assert ink(image) > 1000
                continue
            with pikepdf.open(BytesIO(content)) as pdf:
                assert len(pdf.pages) == paper["pages"]
                for page in pdf.pages:
                    (scan,) = page.get_images().values()
                    assert ink(pikepdf.PdfImage(scan).as_pil_image()) > 3000
    assert {kind for kind, _ in seen} >= {"fee_list", "identity", "private_decision", "charity_decision"}
    assert any(pages > 1 for _, pages in seen)


def test_another_amount_or_name_makes_another_picture(samples: tuple[Sample, ...]) -> None:
    first, second = [s.document for s in samples if s.label == "yearly_limit"][:2]
    sheet = {"kind": "settlement_sheet", "filename": "a.pdf", "pages": 1}
    assert paper_bytes(first, sheet) == paper_bytes(first, sheet)
    assert paper_bytes(first, sheet) != paper_bytes(second, sheet)


def test_rare_characters_are_drawn_and_not_replaced_by_one_box(samples: tuple[Sample, ...]) -> None:
    document = samples[0].document
    card = {"kind": "identity", "filename": "a.png", "pages": 1}
    pictures = {
        paper_bytes({**document, "setlinfo": {**document["setlinfo"], "psn_name": name}}, card)
        for name in ("王𠮷", "王䶮", "王㐂", "王\U0010fffd")
    }
    assert len(pictures) == 4


def test_a_paper_is_made_in_milliseconds(samples: tuple[Sample, ...]) -> None:
    papers = [(s.document, paper) for s in samples[:60] for paper in s.document["evidence"]]
    for document, paper in papers:
        paper_bytes(document, paper)
    started = time.perf_counter()
    for document, paper in papers:
        paper_bytes(document, paper)
    assert (time.perf_counter() - started) / len(papers) < 0.02


def test_the_broken_files_are_broken_in_the_way_they_say(tmp_path: Path) -> None:
    paths = write_broken(tmp_path / "broken")
    assert set(broken_settlements()) < set(paths)
    assert "setl_id" not in json.loads(paths["without_setl_id"].read_text())["setlinfo"]
    assert json.loads(paths["amount_is_no_number"].read_text())["setlinfo"]["medfee_sumamt"] == "一千元"
    with pytest.raises(json.JSONDecodeError):
        json.loads(paths["torn_line"].read_text())
    for name in ("unreadable_workbook", "wrong_type", "empty"):
        with pytest.raises(CalamineError):
            CalamineWorkbook.from_path(paths[name])
