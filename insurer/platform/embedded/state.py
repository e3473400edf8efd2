"""What the supervisor of a home tells its clients, in one small file that is replaced whole."""

import json
import os
from dataclasses import asdict, dataclass
from typing import Literal

from insurer.platform.embedded.layout import HomeLayout
from insurer.platform.processes import started_at

Status = Literal["starting", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class SupervisorState:
    """The last word of a supervisor; ``started`` tells it from a later process with the same number."""

    pid: int
    started: str
    status: Status
    sockets: str = ""
    log: str = ""

    def is_current(self) -> bool:
        """Say whether the process that wrote this still lives."""
        return started_at(self.pid) == self.started


def write_state(layout: HomeLayout, status: Status, sockets: str = "", log: str = "") -> None:
    """Publish the state of the calling supervisor."""
    state = SupervisorState(os.getpid(), started_at(os.getpid()) or "", status, sockets, log)
    work = layout.state_file.with_suffix(".new")
    work.write_text(json.dumps(asdict(state)), encoding="utf-8")
    layout.give_to_owner(work)
    work.replace(layout.state_file)


def read_state(layout: HomeLayout) -> SupervisorState | None:
    """Return what was last published, or None."""
    try:
        return SupervisorState(**json.loads(layout.state_file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remove_state(layout: HomeLayout) -> None:
    """Forget what was published."""
    layout.state_file.unlink(missing_ok=True)
