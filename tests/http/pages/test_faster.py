"""When somebody was faster: nothing is lost and nothing is overwritten."""

import re
from collections.abc import Callable

from tests.http.pages.conftest import Desk, hidden_fields


def test_the_second_person_keeps_the_words_typed_and_can_send_again(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page = f"/cases/{number}/decision"
    sent = desk.send("first", page, page, {"decision": "propose", "opinion": "核对相符"})
    assert sent.status_code == 303
    form = {
        **hidden_fields(desk.read("reviewer", page)),
        "decision": "approve",
        "opinion": "已对照清单第 2 页",
    }
    back = desk.send("supervisor", page, page, {"decision": "send_back", "opinion": "少一页清单"})
    assert back.status_code == 303

    answer = desk.browser("reviewer").post(page, form)

    assert answer.status_code == 409
    assert re.search(r"这件案件顾晓燕 \d\d:\d\d 改过。您填的内容还在", answer.text)
    assert "已对照清单第 2 页" in answer.text
    again = desk.send("first", page, page, {"decision": "propose", "opinion": "已补"})
    assert again.status_code == 303
    newer = {**form, **hidden_fields(desk.read("reviewer", page))}
    assert desk.browser("reviewer").post(page, newer).status_code == 303
