"""A month of the insurer's work on sample input, through the operations that the desk itself uses."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, Select, select

from insurer.claims.authority import authority_on
from insurer.claims.lifecycle import AGREED, State
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.deciding import approve, propose
from insurer.claims.operations.findings import set_finding
from insurer.claims.operations.intake import Registered, register_settlements
from insurer.claims.operations.papers import add_papers, check_papers
from insurer.claims.paper_files.admitting import AdmittedFile, PaperFile, admitted
from insurer.claims.reading import read_settlements
from insurer.claims.tables import Claim, FeeLine, Paper, Settlement
from insurer.kernel.dates import business_day, parse_month
from insurer.payments.bank_file import ResultLine
from insurer.payments.operations.batches import create_batch, record_results, reference, release_batch
from insurer.payments.tables import PaymentBatch, PaymentInstruction
from insurer.people.arriving import ArrivingFile
from insurer.people.operations import apply_roster, stage_roster
from insurer.platform.audit import Actor
from insurer.platform.runtime import Runtime
from insurer.samples.crew import hire
from insurer.samples.papers import paper_bytes
from insurer.samples.settlements import LAST_MONTH
from insurer.samples.write import SampleFiles, write_samples

SCHEME = "changzhou-xinbei"
SCANNED = ("settlement_sheet", "invoice", "fee_list", "discharge_record")
"""Papers whose pages are stored; the others were looked at on paper at the counter."""

LEFT_FOR_THE_VISITOR = 10
"""Cases of each kind that stay open, so that a visitor finds work on the desk."""

Say = Callable[[str], None]
Now = Callable[[], datetime]


def sample_year(today: date) -> tuple[int, int]:
    """Return the claim year of the sample and the last month of its bills: nothing lies in the future."""
    return (today.year, today.month - 1) if today.month >= 11 else (today.year - 1, LAST_MONTH)


def run_month(
    runtime: Runtime, *, now: Now, today: date, say: Say, persons: int = 320, settlements: int = 220
) -> None:
    """Do the main job end to end; a second run finds it done and changes nothing."""
    with runtime.transaction() as session:
        staff = hire(session, now=now())
        if session.scalar(select(PaymentBatch.id).limit(1)) is not None:
            say("样例月已经办过，数据保留")
            return
    folder = runtime.settings.home / "samples"
    year, last_month = sample_year(today)
    files = write_samples(folder, year=year, persons=persons, settlements=settlements, last_month=last_month)
    receive_rosters(runtime, files, staff, now, say)
    registered = take_claims_in(runtime, files, staff["chenmin"], now, say)
    store_papers(runtime, files, staff["chenmin"], now, say)
    review(runtime, registered, staff, now, say)
    decide(runtime, staff, now, say)
    pay(runtime, staff, now, say)


def receive_rosters(
    runtime: Runtime, files: SampleFiles, staff: Mapping[str, Actor], now: Now, say: Say
) -> None:
    """The bureau sends two months; a clerk looks at the difference and a reviewer confirms."""
    for roster in files.rosters:
        content = roster.path.read_bytes()
        with runtime.transaction() as session:
            staged = stage_roster(
                session,
                actor=staff["renshe"],
                storage=runtime.storage,
                arriving=ArrivingFile(SCHEME, parse_month(roster.month), roster.path.name),
                content=content,
                now=now(),
            )
        if staged.import_id is not None and staged.state == "staged":
            with runtime.transaction() as session:
                apply_roster(
                    session,
                    actor=staff["wangjianguo"],
                    import_id=staged.import_id,
                    storage=runtime.storage,
                    now=now(),
                )
        report = staged.report
        say(
            f"名册 {roster.month}：{report['rows']} 行，新增 {report['new']}，变更 {report['changed']}，"
            f"不变 {report['unchanged']}，不在册 {report['gone']}，拒绝 {len(report['rejected'])}"
        )


def take_claims_in(runtime: Runtime, files: SampleFiles, clerk: Actor, now: Now, say: Say) -> Registered:
    """The clerk takes the settlement file in: cases, duplicates, a reversal."""
    records = read_settlements(files.settlements.read_bytes(), files.settlements.name)
    with runtime.transaction() as session:
        registered = register_settlements(
            session, actor=clerk, scheme=SCHEME, records=records, channel="file", now=now()
        )
    say(
        f"受理：结算记录 {len(records)} 条，立案 {len(registered.new)} 件，"
        f"冲销并入 {len(registered.reversed)} 件，重复送来 {len(registered.unchanged)} 条"
    )
    return registered


def store_papers(runtime: Runtime, files: SampleFiles, clerk: Actor, now: Now, say: Say) -> None:
    """The scans of the main papers are stored with their cases."""
    documents = {sample.setl_id: sample.document for sample in files.samples}
    count = 0
    with runtime.transaction() as session:
        rows = session.execute(
            select(Settlement.claim_id, Settlement.setl_id).where(Settlement.reverses.is_(None))
        ).all()
        announced = defaultdict(set)
        for paper in session.scalars(select(Paper)):
            announced[paper.claim_id].add(paper.filename)
    for part in _parts(rows, 20):
        scans = {
            claim_id: _scans(documents[setl_id], announced[claim_id])
            for claim_id, setl_id in part
            if setl_id in documents
        }
        looked = iter(admitted([scan for group in scans.values() for scan in group]))
        with runtime.transaction() as session:
            for claim_id, group in scans.items():
                kept: list[AdmittedFile] = [next(looked) for _ in group]
                add_papers(
                    session, actor=clerk, storage=runtime.storage, claim_id=claim_id, files=kept, now=now()
                )
                count += len(kept)
    say(f"材料：存入扫描件 {count} 份")


def _scans(document: Mapping[str, object], announced: set[str]) -> list[PaperFile]:
    evidence = document["evidence"]
    papers = evidence if isinstance(evidence, list) else []
    return [
        PaperFile(paper["kind"], paper["filename"], paper_bytes(dict(document), paper), paper["pages"])
        for paper in papers
        if paper["kind"] in SCANNED and paper["filename"] in announced
    ]


def review(runtime: Runtime, registered: Registered, staff: Mapping[str, Actor], now: Now, say: Say) -> None:
    """Papers are checked, lines and amounts calculated, doubtful lines found by a clerk."""
    with runtime.transaction() as session:
        calculate_claims(session, actor=staff["chenmin"], claim_ids=registered.touched, now=now())
    with runtime.transaction() as session:
        missing = check_papers(session, actor=staff["chenmin"], claim_ids=registered.touched, now=now())
    with runtime.transaction() as session:
        calculate_claims(session, actor=staff["chenmin"], claim_ids=registered.touched, now=now())
        doubtful = session.execute(
            select(Claim.id, FeeLine.id)
            .join(Settlement, Settlement.claim_id == Claim.id)
            .join(FeeLine, FeeLine.settlement_id == Settlement.id)
            .where(
                Claim.state == State.IN_REVIEW.value, FeeLine.decision == "review", FeeLine.finding.is_(None)
            )
            .order_by(Claim.case_no, FeeLine.line_no)
        ).all()
    left = set(list(dict.fromkeys(claim_id for claim_id, _ in doubtful))[:LEFT_FOR_THE_VISITOR])
    for claim_id, line_id in doubtful:
        if claim_id in left:
            continue
        with runtime.transaction() as session:
            set_finding(
                session,
                actor=staff["liwenjing"],
                claim_id=claim_id,
                line_id=line_id,
                finding="covered",
                reason="清单和医嘱相符，按可赔计入",
                now=now(),
            )
    say(
        f"核算：{len(registered.touched)} 件已算，{len(missing)} 件缺材料并已通知，"
        f"待核费用 {len(doubtful)} 行"
    )


def decide(runtime: Runtime, staff: Mapping[str, Actor], now: Now, say: Say) -> None:
    """Clerks propose and others decide, one case of each person at a time so that limits run on."""
    proposed = decided = 0
    with runtime.transaction() as session:
        ready = session.execute(
            select(Claim.id, Claim.person_id)
            .where(Claim.scheme == SCHEME, Claim.state == State.IN_REVIEW.value, Claim.review_lines == 0)
            .order_by(Claim.settled_on, Claim.case_no)
        ).all()
    rounds = list(_rounds([(row.id, row.person_id) for row in ready]))
    undecided = set(rounds[0][-LEFT_FOR_THE_VISITOR:])
    unproposed = set(rounds[0][-2 * LEFT_FOR_THE_VISITOR : -LEFT_FOR_THE_VISITOR])
    busy: set[UUID] = set()
    people = {row.id: row.person_id for row in ready}
    for wave in rounds:
        wave = [claim_id for claim_id in wave if people[claim_id] not in busy]
        for claim_id in wave:
            if claim_id in unproposed:
                busy.add(people[claim_id])
                continue
            with runtime.transaction() as session:
                propose(session, actor=staff["liwenjing"], claim_id=claim_id, opinion="核对相符", now=now())
            proposed += 1
            if claim_id in undecided:
                busy.add(people[claim_id])
                continue
            with runtime.transaction() as session:
                claim = session.get_one(Claim, claim_id)
                tiers, received_on = authority_on(business_day(now())), business_day(claim.received_at)
                late = tiers.lateness(claim.year, received_on) == "settled"
                large = late or tiers.needs_supervisor(claim.benefit_fen)
                who = staff["guxiaoyan"] if large else staff["wangjianguo"]
                approve(session, actor=who, claim_id=claim_id, opinion="同意", now=now())
            decided += 1
    say(f"审核：送复核 {proposed} 件，已决定 {decided} 件")


def pay(runtime: Runtime, staff: Mapping[str, Actor], now: Now, say: Say) -> None:
    """Two batches: the first comes back from the bank with two returned payments, the second waits."""
    with runtime.transaction() as session:
        payable = list(
            session.scalars(select(Claim.id).where(Claim.state.in_(sorted(AGREED))).order_by(Claim.case_no))
        )
    first = payable[: len(payable) * 2 // 3]
    for part in (first, None):
        with runtime.transaction() as session:
            done = create_batch(session, actor=staff["suntao"], scheme=SCHEME, claim_ids=part, now=now())
            batch_id = done.batch.id if done.batch else None
        if batch_id is None:
            continue
        with runtime.transaction() as session:
            batch = release_batch(
                session, actor=staff["zhoumei"], storage=runtime.storage, batch_id=batch_id, now=now()
            )
            say(f"付款：批次 {batch.number}，{batch.count} 笔，文件已生成")
        if part is first:
            with runtime.transaction() as session:
                results = _answers(list(session.scalars(_lines(batch_id))))
                counts = record_results(
                    session, actor=staff["suntao"], batch_id=batch_id, results=results, now=now()
                )
                say(f"回盘：成功 {counts['paid']} 笔，退汇 {counts['returned']} 笔")


def _lines(batch_id: UUID) -> Select[PaymentInstruction]:
    lines = select(PaymentInstruction).where(PaymentInstruction.batch_id == batch_id)
    return lines.order_by(PaymentInstruction.line_no)


def _answers(lines: Sequence[PaymentInstruction]) -> list[ResultLine]:
    """Answer as a bank would: the last two payments come back."""
    last = {line.id for line in lines[-2:]}
    return [
        ResultLine(
            reference(line),
            line.amount_fen,
            line.id not in last,
            "户名不符" if line.id in last else "",
            f"B{number:08d}",
        )
        for number, line in enumerate(lines, 1)
    ]


def _rounds(pairs: Sequence[tuple[UUID, UUID]]) -> Iterator[list[UUID]]:
    """Yield the first case of every person, then every second one, and so on, in the order given."""
    queues: dict[UUID, list[UUID]] = defaultdict(list)
    for claim_id, person_id in pairs:
        queues[person_id].append(claim_id)
    while queues:
        yield [queue.pop(0) for queue in queues.values()]
        queues = defaultdict(list, {person: queue for person, queue in queues.items() if queue})


def _parts(rows: Sequence[Row[UUID, str]], size: int) -> Iterator[Sequence[Row[UUID, str]]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
