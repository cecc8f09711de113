"""`truecost`: the group of commands, each imported only when it is called."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import io
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from truecost import __version__
from truecost.kernel.findings import TruecostError

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = {
    "init": "Begin a workspace, empty or from an example.",
    "check": "Check that nothing stands in the way of a build.",
    "build": "Compute true cost, allocations and draft statements.",
    "test": "Run your own expectations of the model and of the latest run.",
    "show": "Show true cost by service, tower, pool, class or consumer.",
    "statement": "Write the statement of a consumer, or of all.",
    "summary": "Sum a period up for leaders.",
    "scenario": "Try a change: who would pay what, and what is really saved.",
    "explain": "Explain a figure down to its ledger lines, or a ledger line.",
    "review": "Put a month under review, and list what closing still asks.",
    "close": "Close months: they stand, whatever comes later.",
    "issue": "Issue a closed month: numbered statements, which never change.",
    "journal": "Write what was charged as balanced entries, and post it.",
    "verify": "Recompute the hashes and invariants of a run, and of the record.",
    "serve": "Serve the portal: where statements are read.",
    "backup": "Save record and store to one file.",
    "restore": "Put record and store of a backup back, and check them.",
    "runs": "List the runs in the store; pin one, or clear old ones away.",
    "completion": "Print the completion script of a shell.",
}
_INTERRUPTED = 130
_BROKEN_PIPE = 141


class _Lazy(click.Group):
    """A group that knows its commands by name and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            close = difflib.get_close_matches(cmd_name, _COMMANDS, 1, 0.5)
            close += [name for name in _COMMANDS if name.startswith(cmd_name[:3])]
            hint = f' Did you mean "{close[0]}"?' if close else ""
            ctx.fail(f'there is no command "{cmd_name}".{hint}')
        module = importlib.import_module(f"truecost.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _let_go_of_output()
            raise click.exceptions.Exit(_BROKEN_PIPE) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands, in the order of a month"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="\b\nExit codes: 0 done, 2 usage, 3 model, 4 sources, 5 allocation, 6 store,\n"
    "7 busy, 8 verification failed, 9 a test does not hold, 130 interrupted,\n1 anything else.",
)
@click.version_option(__version__, prog_name="truecost")
def group() -> None:
    """Tell what technology truly costs, charge it to the cent, and explain it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit code; a user's mistake gives no traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal that lacks a character shows another in its place
            stream.reconfigure(errors="replace")
    try:
        code = group.main(arguments, prog_name="truecost", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(_INTERRUPTED)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except TruecostError as fault:
        for finding in fault.findings:
            click.echo(str(finding), err=True)
        sys.exit(fault.exit_code)
    except OSError as fault:
        place = f"{fault.filename}: " if fault.filename else "a file can't be read or written: "
        click.echo(f"{place}{fault.strerror or fault}", err=True)
        sys.exit(TruecostError.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _let_go_of_output() -> None:
    """Send what is still to be written nowhere: its reader has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
