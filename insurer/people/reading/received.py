"""A file as it was received: in memory, or behind a descriptor so that no second copy of it is needed."""

import io
import os
from typing import BinaryIO, Protocol

from python_calamine import CalamineWorkbook


class Received(Protocol):
    """Bytes that can be looked at without taking them all."""

    size: int

    def head(self, length: int) -> bytes:
        """Return the first bytes."""

    def stream(self) -> BinaryIO:
        """Open it for reading from the start."""

    def whole(self) -> bytes:
        """Return everything."""

    def workbook(self) -> CalamineWorkbook:
        """Open it with the parser of spreadsheets."""


class InMemory:
    """A file held as bytes."""

    def __init__(self, content: bytes) -> None:
        self._content, self.size = content, len(content)

    def head(self, length: int) -> bytes:
        """Return the first bytes."""
        return self._content[:length]

    def stream(self) -> BinaryIO:
        """Open it for reading from the start."""
        return io.BytesIO(self._content)

    def whole(self) -> bytes:
        """Return everything."""
        return self._content

    def workbook(self) -> CalamineWorkbook:
        """Open it with the parser of spreadsheets."""
        return CalamineWorkbook.from_filelike(io.BytesIO(self._content))


class Descriptor:
    """A file behind an open descriptor."""

    def __init__(self, number: int) -> None:
        self._path, self.size = f"/dev/fd/{number}", os.fstat(number).st_size

    def head(self, length: int) -> bytes:
        """Return the first bytes."""
        with self.stream() as stream:
            return stream.read(length)

    def stream(self) -> BinaryIO:
        """Open it for reading from the start."""
        return open(self._path, "rb")

    def whole(self) -> bytes:
        """Return everything."""
        with self.stream() as stream:
            return stream.read()

    def workbook(self) -> CalamineWorkbook:
        """Open it with the parser of spreadsheets."""
        return CalamineWorkbook.from_path(self._path)
