"""Write the generated pages of `docs/reference`.

`workspace.md` and `schema/` from the descriptions of keys, `commands.md` from the commands,
`api.md` from the OpenAPI document.

With `--check`, write nothing and fail when a file on disk is not what would be written.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import click
import django

from truecost.cli.main import group
from truecost.model.schema.published import FORMAT, Key, json_schemas, keys, purpose

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
EXAMPLE = REFERENCE / "example-workspace"

INTRODUCTION = """\
# The workspace

<!-- written by tools/write_reference.py from the descriptions in src/truecost/model/schema -->

A workspace is a folder of text files under version control: who you are, what your ledger looks
like, and how its costs become the costs of services and of those who use them. `truecost check`
reads it and says everything that is wrong at once, each with file, line and column:

```
model/allocations.yaml:14:7: driver "devics" is not defined
   did you mean "devices"?
```

`truecost.yaml`, `model/accounts.yaml` and `model/consumers.yaml` must be there; the others as
needed. The examples below are the files of one workspace,
[`example-workspace`](example-workspace), which loads as it stands.

## How values are written

The files are YAML without its surprises.

* Every value is text and means what it says: `007` keeps its zeros, and `NO` is Norway.
* **Months** are written `2021-04`, **percentages** `60%`, **amounts** `10000.00` or `10,000.00` in
  the workspace's currency, **yes and no** as `yes` and `no`.
* Within `{ }` and `[ ]` a comma begins the next entry. Put quotes around a text that has one, and
  around an amount: `"10,000.00"`.
* Put double quotes around a text that begins with a quote mark, `%`, `@`, `*` or `&`, or that holds
  `: ` or ` #`: `where: "'IT' = account"`.
* No key stands twice; anchors, aliases and tags (`&`, `*`, `!`) are not part of the format.
* **Ids** of services and consumers are letters, digits, `-` and `_`.
* **Conditions**, expressions and measures are SQL over the columns of the source: no statements, no
  subqueries, no files. Where there are several sources, the rules see the lines of all; a column
  that a source does not have is empty on its lines. Every condition may also ask for the name of
  the source that a line is from: `source = 'cards' AND vendor LIKE 'A%'`. So no column can be
  called `source`; call your own `origin`, say.

## How cost objects are named

`tower End User / Workspace`, `service rosa`, `consumer housing`. Where an id belongs to only one
service or consumer, the id alone is enough: `rosa`. As targets there are also the groups
`consumers` (all that are charged), `services`, `services and consumers`, and
`consumers within council` (those below one).

## From when to when

Rules, services, consumers and drivers may carry `valid: { from: 2021-04, to: 2022-03 }`; both
months are included and either may be left out. A build computes each month by the entries that
hold in it. A rule may not hold when what it names does not exist.

## Help while typing

[`schema`](schema) holds a JSON Schema for each file. Editors that use the YAML language server show
the descriptions below, complete keys and mark mistakes when a file begins with the path to its
schema:

```yaml
# yaml-language-server: $schema=../schema/services.json
```
"""


def page() -> str:
    """Give the reference of the workspace format."""
    return "\n".join([INTRODUCTION, *(section(file) for file in FORMAT)])


def section(file: str) -> str:
    """Give the part of the reference on one file: purpose, example, table of keys."""
    written = next(EXAMPLE.glob(file))  # some files may be called anything
    example = written.read_text(encoding="utf-8").rstrip()
    lines = [f"## {file}", "", purpose(file), "", "```yaml", example, "```", ""]
    lines += ["| key | meaning | what may stand there | when left out |", "|---|---|---|---|"]
    lines += [row(key) for key in keys(file)]
    return "\n".join([*lines, ""])


def row(key: Key) -> str:
    """Give a row of a table of keys."""
    words = (re.sub(r"([*|])", r"\\\1", cell) for cell in (key.meaning, key.allowed, key.default))
    return f"| `{key.path}` | {' | '.join(words)} |"


COMMANDS = """\
# Commands

<!-- written by tools/write_reference.py from the commands in src/truecost/cli -->

`truecost --help` and `truecost COMMAND --help` say the same. Without `-w` a command works on the
workspace in the current folder. Results go to standard output; faults and progress go to standard
error, progress only where that is a terminal. What a command may end with:
[exit codes](exit-codes.md).

| command | what it does |
|---|---|
"""


def commands_page() -> str:
    """Give the reference of the commands."""
    context = click.Context(group, info_name="truecost")
    names = group.list_commands(context)
    commands = [group.get_command(context, name) for name in names]
    known = [command for command in commands if command]
    listed = (f"| [`{c.name}`](#truecost-{c.name}) | {c.get_short_help_str(200)} |" for c in known)
    return "\n".join([COMMANDS + "\n".join(listed), "", *map(command_section, known)])


def command_section(command: click.Command) -> str:
    """Give the part of the reference on one command: usage, help, table of options."""
    context = click.Context(
        command, info_name=command.name, parent=click.Context(group, info_name="truecost")
    )
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"## {context.command_path}", "", "```", usage, "```", "", help_text(command), ""]
    options = [option for option in command.params if isinstance(option, click.Option)]
    if options:
        lines += ["| option | meaning | when left out |", "|---|---|---|"]
        lines += [*(option_row(option, context) for option in options), ""]
    return "\n".join(lines)


def help_text(command: click.Command) -> str:
    """Give a command's help as Markdown; lines that are to be kept become a block of their own."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(
        f"```\n{paragraph[2:]}\n```" if paragraph.startswith("\b\n") else paragraph
        for paragraph in paragraphs
    )


def option_row(option: click.Option, context: click.Context) -> str:
    """Give a row of a table of options."""
    names = ", ".join(option.opts)
    shown = names if option.is_flag else f"{names} {option.make_metavar(context)}"
    default = f"`{option.default}`" if option.show_default else ""
    cells = (f"`{shown}`", option.help or "", default)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


API = """\
# The API

<!-- written by tools/write_reference.py from the OpenAPI document, src/truecost/api -->

What there is under `/api/v1`. How to begin: [use the API](../how-to/use-the-api.md). Your portal
has the same with every field of every answer at `/api/v1/docs`, and as OpenAPI 3.1 at
`/api/v1/openapi.json`; these two open without a token.

Everything that reads takes `If-None-Match`; everything that acts takes `Idempotency-Key`, and
`If-Match` where it is named. Parameters are those of the query, then those of a body of JSON; what
must be there is **bold**. In parts come lists that take `cursor` and `limit`.

## Scopes

A token may do what its person may, and of that what its scopes open.

| scope | what it opens |
|---|---|
"""


def api_page() -> str:
    """Give the reference of the API."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "truecost.portal.settings")
    django.setup()
    from truecost.api import problems, urls  # noqa: PLC0415  Django is set up
    from truecost.api.endpoints import RULES  # noqa: PLC0415
    from truecost.record.services.tokens import ACTS, Scope  # noqa: PLC0415

    rules = {rule.does: rule for rule in RULES.values()}
    lines = [f"| `{scope}` | {'; '.join(sorted(map(str, ACTS[scope])))} |" for scope in Scope]
    areas: dict[str, list[str]] = {}
    for path, methods in urls.DOCUMENT["paths"].items():
        for method, said in methods.items():
            rule = rules[said["operationId"]]
            scope = f"`{rule.scope}`" if rule.scope else "any"
            cells = (
                f"`{method.upper()} {path.removeprefix(urls.ROOT)}` <br> `{rule.does}`",
                said["summary"],
                "no token: sign in" if rule.scope is None else scope,
                ", ".join(parameters(said, urls.DOCUMENT["components"]["schemas"])),
            )
            (tag,) = said["tags"]
            areas.setdefault(tag, []).append(f"| {' | '.join(cells)} |")
    for tag, rows in sorted(areas.items()):
        lines += ["", f"## {tag[0].upper()}{tag[1:]}", ""]
        lines += ["| operation | what it does | scope | parameters |", "|---|---|---|---|", *rows]
    lines += ["", "## Problems", "", "| status | `type` ends in | what it means |", "|---|---|---|"]
    lines += [
        f"| {status} | `#problem-{kind}` | {title}. {meaning} |"
        for kind, (status, title, meaning) in problems.KINDS.items()
    ]
    return API + "\n".join([*lines, ""])


def parameters(said: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    """Give what an operation reads beside its address and the usual headers."""
    told = [
        (each["name"], each["required"])
        for each in said.get("parameters", ())
        if each["in"] == "query" or each["name"] == "If-Match"
    ]
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    if body:
        schema = schemas[body["schema"]["$ref"].rpartition("/")[2]]
        told += [(name, name in schema.get("required", ())) for name in schema["properties"]]
    return [f"**`{name}`**" if must else f"`{name}`" for name, must in told]


def outputs() -> dict[Path, str]:
    """Give every file that this tool writes."""
    made = {
        REFERENCE / "workspace.md": page(),
        REFERENCE / "commands.md": commands_page(),
        REFERENCE / "api.md": api_page(),
    }
    for name, schema in json_schemas().items():
        made[REFERENCE / "schema" / name] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return made


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` compare them."""
    made = outputs()
    if arguments == ["--check"]:
        stale = [
            path
            for path, text in made.items()
            if not path.exists() or path.read_text(encoding="utf-8") != text
        ]
        for path in stale:
            name = path.relative_to(REFERENCE.parent.parent)
            print(f"{name} is not up to date: run tools/write_reference.py")
        return bool(stale)
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
