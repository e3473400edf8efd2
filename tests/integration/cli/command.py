"""Running the command as a person at the machine does."""

import subprocess
from collections.abc import Callable

PASSWORD = "海棠 四两拨千斤 river-7"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def add(run: Run, login: str = "wangfang", role: str = "clerk") -> "subprocess.CompletedProcess[str]":
    """Make an account."""
    return run(
        "user", "add", login, "--name", "王芳", "--role", role, "--password-stdin", input=PASSWORD + "\n"
    )
