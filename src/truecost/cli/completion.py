"""`truecost completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    Write it to where your shell looks for it:

    \b
    bash  ~/.local/share/bash-completion/completions/truecost
    zsh   _truecost, in a folder of $fpath
    fish  ~/.config/fish/completions/truecost.fish
    """  # noqa: D301  click takes the character as "keep these lines"
    from truecost.cli.main import group

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(kind(group, {}, "truecost", "_TRUECOST_COMPLETE").source())
