"""Reading what others send in a process of its own, with a limit of memory and time and without any key.

A file may be broken, huge by intent, or made to break its reader. The process that reads it has no
connection, no key and no right to write; it answers in JSON, and its death is one more refusal.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

import orjson

from insurer.kernel.errors import InsurerError, Invalid, Problem, TooLarge
from insurer.people.reading.gate import refusal_of
from insurer.people.reading.reader import Part
from insurer.people.reading.result import Rejection, Repair, SheetSummary, Skip
from insurer.people.reading.roster import Asked, Ending
from insurer.people.reading.row_store import Batch

_ROOT: Final = Path(__file__).resolve().parents[3]
_LENGTH: Final = 4
MEMORY: Final = "读的时候用完了允许的内存，没有收下。请按镇街分成几份，另存为 xlsx 后重发。"


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the reading process may use: address space in megabytes, processor and clock seconds."""

    memory_mb: int = 2048
    seconds: float = 600


def read_confined(content: bytes, asked: Asked, confinement: Confinement) -> Iterator[Part | Ending]:
    """Read a file in a process of its own, begun at once; yield its parts as they come, at last its ending.

    Raises :class:`Invalid` or :class:`TooLarge` when the file as a whole is refused, also when the process
    runs out of memory or time or dies. It is gone when the iteration ends, however it ends.
    """
    with _in_descriptor(content) as file:
        number = file.fileno()
        order = {**asdict(asked), "descriptor": number, **asdict(confinement)}
        process = subprocess.Popen(
            [sys.executable, "-m", "insurer.people.reading.confinement"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(number,),
            cwd=_ROOT,
            env={"PATH": os.environ.get("PATH", ""), "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},
        )
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.write(orjson.dumps(order))
            process.stdin.flush()
    reading = _reading(process, asked.filename, confinement)
    weakref.finalize(reading, _end, process)
    return reading


def _reading(
    process: "subprocess.Popen[bytes]", filename: str, confinement: Confinement
) -> Iterator[Part | Ending]:
    overdue = threading.Event()

    def give_up() -> None:
        overdue.set()
        process.kill()

    clock = threading.Timer(confinement.seconds, give_up)
    clock.daemon = True
    clock.start()
    try:
        yield from _answers(process, filename)
    except (BrokenPipeError, EOFError):
        raise _ended(process, overdue.is_set(), filename) from None
    finally:
        clock.cancel()
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


def _in_descriptor(content: bytes) -> IO[bytes]:
    """Put a file where another process can read it, but no third one can find it."""
    in_memory = hasattr(os, "memfd_create")
    file: IO[bytes] = (
        os.fdopen(os.memfd_create("roster"), "w+b") if in_memory else tempfile.TemporaryFile()  # noqa: SIM115
    )
    file.write(content)
    file.flush()
    return file


def _answers(process: "subprocess.Popen[bytes]", filename: str) -> Iterator[Part | Ending]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.close()
    while True:
        size = int.from_bytes(_exactly(process.stdout, _LENGTH))
        try:
            answer = orjson.loads(_exactly(process.stdout, size))
            if "refused" in answer:
                raise _refusal(answer["refused"])
            if "ending" in answer:
                yield _ending(answer["ending"])
                return
            part = _part(answer)
        except (ValueError, KeyError, TypeError) as error:
            raise refusal_of(filename, "broken", "文件读不出来。请发送单位另存为 xlsx 后重发。") from error
        yield part


def _exactly(stream: IO[bytes], size: int) -> bytes:
    found = stream.read(size)
    if len(found) != size:
        raise EOFError
    return found


def _ended(process: "subprocess.Popen[bytes]", overdue: bool, filename: str) -> InsurerError:
    """Say why the process died."""
    code = process.wait()
    if overdue or code == -signal.SIGXCPU:
        return refusal_of(filename, "time", "读了很久还没有读完，没有收下。请按镇街分成几份重发。")
    return TooLarge(f"“{filename}”{MEMORY}", (Problem("file", MEMORY, filename, "memory"),))


def _refusal(values: dict[str, Any]) -> InsurerError:
    kind = TooLarge if values["kind"] == "TooLarge" else Invalid
    return kind(values["message"], tuple(Problem(**problem) for problem in values["problems"]))


def _ending(values: dict[str, Any]) -> Ending:
    return Ending(
        values["encoding"],
        tuple(SheetSummary(**sheet) for sheet in values["sheets"]),
        tuple(values["candidates"]),
        values["certno_columns"],
    )


def _part(values: dict[str, Any]) -> Part:
    rows = values["rows"]
    return Part(
        Batch(rows["columns"], rows["size"]) if rows is not None else None,
        [Repair(**one) for one in values["repaired"]],
        [Rejection(**one) for one in values["rejected"]],
        [Skip(**one) for one in values["skipped"]],
        values["warnings"],
    )
