"""追回: what was paid beyond what is due, and booking what comes back."""

from collections.abc import Mapping

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.operations.moves import due_fen
from insurer.claims.tables import Claim
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.money import display
from insurer.payments.operations.recoveries import overpaid
from insurer.people.queries import person_views
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import SideRow, Trouble
from insurer.worklists.views.matters import FormField, MatterForm, PlainCell, PlainList


def load_recoveries(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    case: str = "",
    typed: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> PlainList:
    """Return the cases that were paid too much; ``case`` opens one to book what came back."""
    found = overpaid(session, scheme)
    names = person_views(session, [one.person_id for one in found])
    total = sum(one.amount_fen for one in found)
    chosen = next((one for one in found if one.case_no == case), None)
    claim = session.get(Claim, chosen.claim_id) if chosen else None
    form = None
    if chosen is not None and holds(actor, "payments.result"):
        get = (typed or {}).get
        fields = (
            FormField("amount", "收回多少（元）", value=get("amount", "")),
            FormField("reason", "从哪里收回（转账人、流水号）", value=get("reason", "")),
        )
        action = f"{paths.RECOVERIES}/{chosen.case_no}"
        consequence = f"还要收回 {display(chosen.amount_fen)} 元，分几次收也可以"
        form = MatterForm(f"登记收回 {chosen.case_no}", action, fields, "登记收回", consequence)
    heads = ("案件号", "参保人", "状态", "已付（元）", "应付（元）", "应收回（元）")
    due = {one.claim_id: one.paid_fen - one.amount_fen for one in found}
    return PlainList(
        title="追回",
        beside=f"{len(found)} 件，应收回 ￥{display(total)}",
        heads=tuple((head, head.endswith("（元）")) for head in heads),
        rows=tuple(
            (
                PlainCell(
                    one.case_no, paths.with_query(paths.RECOVERIES, scheme=kept(scheme), case=one.case_no)
                ),
                PlainCell(names[one.person_id].name if one.person_id in names else ""),
                PlainCell(WORDS[State(one.state)].word),
                PlainCell(display(one.paid_fen), numeric=True),
                PlainCell(display(due[one.claim_id]), numeric=True),
                PlainCell(display(one.amount_fen), numeric=True, tone="red"),
            )
            for one in found
        ),
        empty="没有多付的。上游更正以后重新决定，多付的会列在这里。",
        form=form,
        facts=_recovered(session, claim) if claim is not None else (),
        facts_title="怎么多付的" if claim is not None else "",
        version=str(claim.version) if claim is not None else "",
        troubles=troubles,
    )


def _recovered(session: UnitSession, claim: Claim) -> tuple[SideRow, ...]:
    rows = [
        SideRow("已付", f"{display(claim.paid_fen)} 元"),
        SideRow("现在应付", f"{display(due_fen(claim))} 元", second=(f"案件 {claim.case_no} 的最新决定",)),
    ]
    entries = select(AuditEntry).where(
        AuditEntry.claim_id == claim.id, AuditEntry.tag == "payment:recovery:recorded"
    )
    for entry in session.scalars(entries.order_by(AuditEntry.seq)):
        day = entry.at.astimezone(SHANGHAI)
        words = f"{entry.data.get('amount')} 元"
        rows.append(SideRow(f"{day.month}月{day.day}日收回", words, second=(entry.reason, entry.actor_name)))
    return tuple(rows)
