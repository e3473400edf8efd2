"""The cases of a town: of the people whose newest roster row names it."""

from datetime import date

from sqlalchemy import select

from insurer.claims.tables import Claim
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from insurer.worklists.case_conditions import read_conditions
from tests.factories.desk import LI, NOW, ZHANG, hire, put_on_roster, raw_record, take_in


def test_who_moved_counts_to_the_town_of_the_newest_roster_alone(
    session: UnitSession, storage: Storage
) -> None:
    clerk = hire(session, "clerk", "clerk")
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李小龙")])
    moved = f"孟河镇,小河社区,李小龙,{LI},农村低保,2019-05,621700001000000002,李小龙,常州农商银行"
    put_on_roster(session, storage, [(ZHANG, "张桂芳")], month=date(2026, 1, 1), extra=moved)
    stayed = take_in(session, clerk, raw_record("t-1", certno=ZHANG, name="张桂芳")).new
    went = take_in(session, clerk, raw_record("t-2", certno=LI, name="李小龙")).new

    def of(town: str) -> list[object]:
        asked = read_conditions({"town": town}, actor=clerk, today=NOW.date())
        return list(session.scalars(select(Claim.id).where(*asked.where)))

    assert of("薛家镇") == list(stayed)
    assert of("孟河镇") == list(went)
    assert of("奔牛镇") == []
