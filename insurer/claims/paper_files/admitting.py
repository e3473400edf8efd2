"""From the files that were handed in to files that may be kept, each with what is known of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from insurer.claims.paper_files.kinds import KINDS, FileKind, Refusal, kind_of
from insurer.kernel.errors import Invalid, Problem
from insurer.platform.confined import GaveUp, run_confined

INSPECTION: Final = "insurer.claims.paper_files.inspection"
SECONDS: Final = 20
MEGABYTES: Final = 1_200

_WILD: Final = Refusal("wild", "拆开它要用的时间或内存大得不合常理，没有收下。请重新扫描或导出再传")


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file that was handed in."""

    kind: str
    filename: str
    content: bytes
    pages: int = 1
    form: str = ""


@dataclass(frozen=True, slots=True)
class AdmittedFile:
    """A file that may be kept: its media type, its true number of pages, what an invoice in it says."""

    file: PaperFile
    sha256: str
    mime: str
    pages: int
    invoice: dict[str, str] = field(default_factory=dict)


def look_into(files: Sequence[PaperFile]) -> list[AdmittedFile | Refusal]:
    """Return for each file, in order, that it may be kept or why not. One confined child for all of them."""
    kinds = [kind_of(file.content, file.filename) for file in files]
    sound = [(file, kind) for file, kind in zip(files, kinds, strict=True) if not isinstance(kind, Refusal)]
    answers = iter(_inspected([(file.content, kind) for file, kind in sound]))
    return [
        kind if isinstance(kind, Refusal) else _read(file, next(answers))
        for file, kind in zip(files, kinds, strict=True)
    ]


def admitted(files: Sequence[PaperFile]) -> list[AdmittedFile]:
    """Return files that may be kept; :class:`Invalid` names each that may not and how many they are."""
    looked = look_into(files)
    problems = tuple(
        Problem("file", f"“{file.filename}”{found.message}", file.filename, found.code)
        for file, found in zip(files, looked, strict=True)
        if isinstance(found, Refusal)
    )
    if problems:
        raise Invalid(f"{len(files)} 份里有 {len(problems)} 份没收下", problems)
    return [found for found in looked if isinstance(found, AdmittedFile)]


def _read(file: PaperFile, answer: dict[str, Any] | Refusal) -> AdmittedFile | Refusal:
    if isinstance(answer, Refusal):
        return answer
    if "refused" in answer:
        return Refusal(str(answer["refused"]), str(answer["message"]))
    mime, pages = str(answer["mime"]), int(answer["pages"])
    digest = sha256(file.content).hexdigest()
    # several photographs make one paper of several pages: then what the sender counted is true
    counted = pages if mime in (KINDS[FileKind.PDF].mime, KINDS[FileKind.OFD].mime) else max(file.pages, 1)
    invoice = {str(key): str(value) for key, value in (answer.get("invoice") or {}).items()}
    return AdmittedFile(file, digest, mime, counted, invoice)


def _inspected(files: Sequence[tuple[bytes, FileKind]]) -> list[dict[str, Any] | Refusal]:
    """Inspect files in one child; a file at which the child ends is refused, the others get a new child."""
    answers: list[dict[str, Any] | Refusal] = []
    while len(answers) < len(files):
        waiting = files[len(answers) :]
        argument = ",".join(f"{kind.value}:{len(content)}" for content, kind in waiting)
        content = b"".join(content for content, _ in waiting)
        try:
            lines = run_confined(
                INSPECTION, content, seconds=SECONDS, megabytes=MEGABYTES, argument=argument
            ).splitlines()
        except GaveUp as stopped:
            lines = [line for line in stopped.answer.split(b"\n")[:-1] if line]
            answers += [json.loads(line) for line in lines]
            answers.append(_WILD)
            continue
        answers += [json.loads(line) for line in lines]
        if len(lines) < len(waiting):
            answers.append(_WILD)
    return answers
