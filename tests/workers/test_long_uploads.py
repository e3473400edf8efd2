"""A roster of two hundred thousand rows, uploaded to the running desk: its web process stays small."""

import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path

from insurer.people.reading.certno import check_character
from tests.workers.test_long_running_commands import ROOT, Start, children, comes_up, port, start

__all__ = ["start"]

COMMAND = (sys.executable, "-m", "insurer.cli.main")
ROWS = 200_000
GROWTH_MB = 50
PASSWORD = "海棠 四两拨千斤 river-7"
BOUNDARY = "part-of-a-form"


class Visitor:
    """A browser that keeps its cookies and sends the guards of the page it looks at."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def read(self, path: str) -> str:
        with self._opener.open(self._address + path, timeout=120) as answer:
            return str(answer.read().decode())

    def send(self, page: str, action: str, fields: dict[str, str]) -> str:
        """Send a form; returns the address that it leads to."""
        body = urllib.parse.urlencode({**self._guards(page), **fields}).encode()
        with self._opener.open(self._address + action, body, timeout=120) as answer:
            return str(answer.url).removeprefix(self._address)

    def upload(self, page: str, fields: dict[str, str], filename: str, content: bytes) -> str:
        """Send a form with a file."""
        values = {**self._guards(page), **fields}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in values.items()
        ]
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
        body = b"".join([*parts, head.encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()])
        request = urllib.request.Request(
            self._address + page, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        )
        with self._opener.open(request, timeout=120) as answer:
            return str(answer.url).removeprefix(self._address)

    def _guards(self, page: str) -> dict[str, str]:
        text = self.read(page)
        found = {}
        for name in ("csrf_token", "form_key"):
            values = re.findall(rf'name="{name}" value="([^"]*)"', text)
            if values:
                found[name] = values[-1]
        return found


def web_processes(below: int) -> list[int]:
    """Return the processes that serve pages."""
    named = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(below)}
    return sorted(pid for pid, words in named.items() if b"insurer.web.server" in words)


def peak_mb(processes: list[int]) -> float:
    """Return the most memory that each of some processes has had, added up."""
    peaks = [
        re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
        for pid in processes
    ]
    return sum(int(found.group(1)) for found in peaks if found) / 1024


def people(rows: int) -> bytes:
    """Return a roster as text, as it is exported from a register."""
    lines = ["姓名,身份证号,保障类别,享受起始年月,镇街"]
    days = [f"{year}{month:02d}15" for year in range(1940, 2015) for month in range(1, 13)]
    for place in range(rows):
        first = f"320411{days[place % len(days)]}{place // len(days):03d}"
        lines.append(f"王芳,{first}{check_character(first)},农村低保,2024-05,薛家镇")
    return "\n".join([*lines, ""]).encode()


def until(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.2)


def test_the_web_process_stays_small_while_a_long_roster_is_uploaded_and_read(
    start: Start, tmp_path: Path
) -> None:
    number = port()
    serving = start("serve", "--with-workers", INSURER_PORT=str(number), INSURER_WEB_WORKERS="1")
    comes_up(serving, number)
    plain = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
    subprocess.run(
        [*COMMAND, "user", "add", "chen", "--name", "陈敏", "--role", "clerk", "--password-stdin"],
        cwd=ROOT,
        env={**plain, "INSURER_HOME": str(tmp_path / "home")},
        input=f"{PASSWORD}\n",
        text=True,
        check=True,
        capture_output=True,
    )
    desk = Visitor(f"http://127.0.0.1:{number}")
    desk.send("/sign-in", "/sign-in", {"login": "chen", "password": PASSWORD})
    form = {"month": "2025-12", "kind": "full", "sender": ""}
    # what every upload takes: modules loaded, connections made
    small = desk.upload("/rosters", form, "一份.csv", people(300))
    assert "新增 300" in desk.read(small)
    content = people(ROWS)
    web = web_processes(serving.pid)
    assert len(web) == 2
    before = peak_mb(web)

    page = desk.upload("/rosters", form, "全区.csv", content).partition("?")[0]
    until(lambda: "文件行数" in desk.read(page), 300)

    assert f"新增 {ROWS:,}" in desk.read(page)
    assert peak_mb(web) - before < GROWTH_MB
