"""A browser without a screen: keeps cookies, sends forms with their guard."""

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

PASSWORD = "海棠 四两拨千斤 river-7"
"""The password of every account of these tests."""


_HEADER = re.compile(r"[ \t\x21-\x7e\x80-\xff]*")


def sendable(answer: TestResponse) -> TestResponse:
    """Return the answer, if a real server would send it: the test client alone lets any header pass."""
    for name, value in answer.headers:
        assert _HEADER.fullmatch(value), f"{name} cannot be sent: {value!r}"
    return answer


@dataclass
class Browser:
    """One browser; ``sign_in`` with the name of a role's account (``http-clerk``)."""

    client: FlaskClient

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page."""
        return sendable(self.client.get(path, **more))

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form with its guard."""
        return sendable(self.client.post(path, data={"csrf_token": self.guard(), **(data or {})}, **more))

    def sign_in(self, login: str, password: str = PASSWORD, **more: Any) -> TestResponse:
        """Send the sign-in form."""
        return self.post("/sign-in", {"login": login, "password": password, **more})

    def guard(self) -> str:
        """Return a form guard that belongs to this browser."""
        with self.client.session_transaction() as kept:
            raw = kept.setdefault("csrf_token", "a" * 40)
        key = self.client.application.secret_key
        assert key is not None
        return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))
