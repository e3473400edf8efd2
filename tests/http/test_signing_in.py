"""Signing in …"""

from tests.http.browser import Browser


def test_opens_the_desk_with_the_right_password(browser: Browser) -> None:
    page = browser.get("/sign-in")
    assert page.status_code == 200
    answer = browser.sign_in("http-clerk")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert answer.headers["Location"] == "/"
