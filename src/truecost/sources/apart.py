"""Files in binary formats are read by a process apart, whose memory is limited.

What parses them is not written in Python: a hostile or damaged file can make it ask for any amount
of memory, or crash. There it takes nothing with it, and the file is refused by name.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Any, NoReturn, Self

from truecost.kernel.findings import Finding, Place, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

#: Bytes of address space that such a process may have. Where the system has no such limit
#: (Windows), only the sizes that a file declares are checked.
MEMORY = 3 << 30


class Apart:
    """The other end of a process that reads one file: lines of JSON, or bytes."""

    def __init__(self, process: subprocess.Popen[bytes], name: str) -> None:
        self._process = process
        self._name = name

    @property
    def output(self) -> IO[bytes]:
        """What the process writes."""
        if self._process.stdout is None:
            raise ValueError("the process has no output")
        return self._process.stdout

    def tell(self, message: object) -> None:
        """Send a message."""
        if self._process.stdin is None:
            raise ValueError("the process takes no messages")
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self.died()

    def next(self) -> Any:
        """Give the next message. Raise SourceError with what the process tells, or if it died."""
        line = self.output.readline()
        try:
            message = json.loads(line)
        except ValueError:
            self.died()
        if isinstance(message, dict) and "refused" in message:
            raise SourceError(Finding(Place(self._name), message["refused"], message["hint"]))
        return message

    def died(self) -> NoReturn:
        """Raise SourceError, since the process ended before it was done."""
        self._process.kill()
        self._process.wait()
        what = "the file can't be read: it is damaged, or takes more memory than may be used for it"
        hint = f"the limit is {MEMORY >> 30} GB; open it, and save its table as CSV UTF-8"
        raise SourceError(Finding(Place(self._name), what, hint))


@contextlib.contextmanager
def reading(module: str, arguments: Sequence[str], name: str) -> Iterator[Apart]:
    """Run a module of this package on a file known as `name`; end it when the block ends."""
    command = [sys.executable, "-P", "-m", module, str(MEMORY), *arguments]
    with subprocess.Popen(  # noqa: S603  our own module, and no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield Apart(process, name)
        finally:
            process.kill()
            with contextlib.suppress(OSError):
                process.communicate()


class _Family(subprocess.Popen[bytes]):
    """A process that is ended with those that it forked off."""

    def kill(self) -> None:
        """End all of them."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


class Readers:
    """Reads one file after the other, each in a process of its own; a context.

    To start such a process takes longer than to read a small file. Where the system can fork, one
    is started that has the module ready and forks one off for each file (`serve`).
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._ready: _Family | None = None

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End what is ready."""
        if self._ready is not None:
            self._ready.kill()
            with contextlib.suppress(OSError):
                self._ready.communicate()
            self._ready = None

    @contextlib.contextmanager
    def reading(self, path: str, name: str) -> Iterator[Apart]:
        """Read a file known as `name`, as the function `reading` does."""
        if not hasattr(os, "fork"):
            with reading(self._module, [path], name) as other:
                yield other
            return
        if self._ready is None or self._ready.poll() is not None:
            self.__exit__(None, None, None)
            command = [sys.executable, "-P", "-m", self._module, str(MEMORY)]
            self._ready = _Family(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        other = Apart(self._ready, name)
        try:
            other.tell(path)
            yield other
        except BaseException:  # it may not have come to its end
            self.__exit__(None, None, None)
            raise


def serve(read: Callable[[str], None]) -> None:
    """Fork a process off for each path that comes as a line of JSON, which is to `read` it.

    Where one does not end well this one ends too, and its output with it: so it is seen.
    """
    for line in iter(sys.stdin.buffer.readline, b""):
        child = os.fork()
        if not child:
            code = 1
            try:
                read(json.loads(line))
                sys.stdout.buffer.flush()
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        if status:
            return


def limit_memory(limit: int) -> None:
    """Limit the memory of this process, where the system can."""
    try:
        import resource  # noqa: PLC0415  not there on Windows
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def say(message: object) -> None:
    """Send a message from the process apart."""
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")


def refuse(what: str, hint: str) -> None:
    """Tell, from the process apart, why the file can't be read."""
    say({"refused": what, "hint": hint})
    sys.stdout.buffer.flush()
