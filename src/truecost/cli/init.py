"""`truecost init`: begin a workspace."""

from __future__ import annotations

import shlex
import shutil
from importlib import resources
from pathlib import Path

import click

from truecost.kernel.findings import UsageError

_STARTER = "starter"
_MADE = "group"
_LEFT_OUT = shutil.ignore_patterns("store", "out", "__pycache__", "*.py", ".*")


def examples() -> Path:
    """Give the folder of examples: inside the installed package, or beside the source."""
    inside = Path(str(resources.files("truecost"))) / "examples"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "examples"


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR", required=False)
@click.option(
    "--example",
    default=_STARTER,
    show_default=True,
    metavar="NAME",
    help="Which example to begin from.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="With --example group: another company of the same kind.",
)
@click.option("--list", "listed", is_flag=True, help="List the examples and end.")
def command(folder: Path | None, example: str, seed: int | None, *, listed: bool) -> None:
    """Begin a workspace in DIR: a folder of text files that say how cost moves.

    The starter is a small organisation of our own making, with a comment at each thing to change.
    The example group is a whole synthetic company, made when asked for: two years of three ledgers,
    two cloud bills, payroll, assets and use. The same seed makes the same files.
    """
    names = sorted((*(path.parent.name for path in examples().glob("*/truecost.yaml")), _MADE))
    if listed:
        for name in names:
            click.echo(name)
        return
    if folder is None:
        raise click.UsageError("name the folder to make")
    if example not in names:
        raise UsageError(f'there is no example "{example}"; there are: {", ".join(names)}')
    if seed is not None and example != _MADE:
        raise UsageError(f"--seed goes with --example {_MADE}")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: choose a new folder, nothing was changed")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty: choose a new folder, nothing was changed")
    if example == _MADE:
        _make(folder, seed)
    else:
        shutil.copytree(examples() / example, folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
    quoted = shlex.quote(str(folder))
    click.echo(f"{folder}: a workspace from the example {example}. Next:")
    click.echo(f"  truecost check -w {quoted}")
    click.echo(f"  truecost build -w {quoted}")


def _make(folder: Path, seed: int | None) -> None:
    """Fill a folder with the company that is made of a seed."""
    from truecost.synthetic.workspace import files

    for name, text in (files() if seed is None else files(seed)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
