"""What is wrong, where, and what to do about it.

A stage that reads what people wrote collects `Finding`s and returns them all at once;
it raises only when it can't go on. Every exception that a user may meet is a `TruecostError`
and carries the exit code that the command line ends with.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file that a person can open: line and column count from 1, 0 is unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Give `file:line:column`, leaving out what is unknown."""
        parts = [self.file]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class Severity(StrEnum):
    """Whether a finding stops the work."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, told to the person who can mend it.

    `what` names the fault and the value in one line; `detail` lines say what follows from it;
    `hint` says what to do.
    """

    place: Place | None
    what: str
    hint: str = ""
    detail: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Give the finding as it is printed: the place and the fault, then indented lines."""
        head = f"{self.place}: {self.what}" if self.place else self.what
        if self.severity is Severity.WARNING:
            head = f"warning: {head}"
        lines = [head, *(f"   {line}" for line in self.detail)]
        if self.hint:
            lines.append(f"   {self.hint}")
        return "\n".join(lines)


class TruecostError(Exception):
    """A failure that a user can act on; `findings` say how.

    Subclasses fix `exit_code`, documented in `docs/reference/exit-codes.md`.
    """

    exit_code = 1
    findings: tuple[Finding, ...]

    def __init__(self, findings: Iterable[Finding] | Finding | str) -> None:
        if isinstance(findings, str):
            findings = Finding(None, findings)
        self.findings = (findings,) if isinstance(findings, Finding) else tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class UsageError(TruecostError):
    """The command was called in a way that can't be carried out."""

    exit_code = 2


class ModelError(TruecostError):
    """The cost model, as written, does not hold."""

    exit_code = 3


class SourceError(TruecostError):
    """A source can't be read, or has rows that the model does not say how to treat."""

    exit_code = 4


class AllocationError(TruecostError):
    """Model and data are readable, but a cost can't be allocated as the model says."""

    exit_code = 5


class StoreError(TruecostError):
    """The store is missing something, is damaged, or is of a version that can't be read."""

    exit_code = 6


class BusyError(TruecostError):
    """Another build holds the workspace."""

    exit_code = 7


class VerifyError(TruecostError):
    """A run is not what its manifest says, or an invariant does not hold."""

    exit_code = 8


class ExpectationError(TruecostError):
    """A test of the organisation's own does not hold, or could not be run."""

    exit_code = 9
