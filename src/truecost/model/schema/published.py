"""The format as it is published: JSON Schemas for editors, and tables of keys for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, RootModel

from truecost.model import files
from truecost.model.schema.allocation import AllocationsFile, DriversFile
from truecost.model.schema.catalogue import ConsumersFile, PoolsFile, ServicesFile, TowersFile
from truecost.model.schema.charging import DaysShape, RatesFile
from truecost.model.schema.charging_costs import ChargingCostsFile
from truecost.model.schema.expectation import TestsFile
from truecost.model.schema.journal import JournalFile
from truecost.model.schema.mapping import AccountsFile, CostCentresFile
from truecost.model.schema.scenario import ScenarioFile
from truecost.model.schema.shape import Shape, shape_in
from truecost.model.schema.word import Word
from truecost.model.schema.workspace import ValidShape, WorkspaceShape

FORMAT: dict[str, type[BaseModel]] = {
    files.MAIN: WorkspaceShape,
    files.ACCOUNTS: AccountsFile,
    files.COST_CENTRES: CostCentresFile,
    files.TOWERS: TowersFile,
    files.POOLS: PoolsFile,
    files.SERVICES: ServicesFile,
    files.CONSUMERS: ConsumersFile,
    files.DRIVERS: DriversFile,
    files.ALLOCATIONS: AllocationsFile,
    files.RATES: RatesFile,
    files.JOURNAL: JournalFile,
    files.CHARGING_COSTS: ChargingCostsFile,
    files.TESTS: TestsFile,
    files.SCENARIOS: ScenarioFile,
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
REQUIRED = "required"
_VALID = "{ from: a month, to: a month }"
_DAYS = "{ from: a day or month, to: a day or month }"
_UNIONS = (Union, UnionType)


@dataclass(frozen=True, slots=True)
class Key:
    """One row of a table of keys. `path` is dotted where the key stands in an inner table."""

    path: str
    meaning: str
    allowed: str
    default: str


def json_schemas() -> dict[str, dict[str, Any]]:
    """Give the JSON Schema of each file, by the schema's own file name, such as `accounts.json`.

    They help while typing; only loading checks names, sums and conditions.
    """
    schemas = {}
    for name, shape in FORMAT.items():
        schema = _for_editors(shape.model_json_schema())
        folder, _, stem = name.removesuffix(".yaml").rpartition("/")
        stem = folder if stem == "*" else stem
        schemas[f"{stem}.json"] = {"$schema": _DIALECT, "title": name, **schema}
    return schemas


def purpose(file: str) -> str:
    """Give what a file is for, in plain words."""
    return " ".join((FORMAT[file].__doc__ or "").split())


def keys(file: str) -> list[Key]:
    """Give the keys of a file, or of each of its entries, in the order in which they are shown.

    Where entries are of several kinds, what they have in common stands once.
    """
    root = FORMAT[file]
    if not issubclass(root, RootModel):
        return list(_keys(root, ""))
    annotation = root.model_fields["root"].annotation
    under = "(id)." if get_origin(annotation) is dict else ""
    return list(dict.fromkeys(row for shape in _kinds(annotation) for row in _keys(shape, under)))


def _kinds(annotation: Any) -> list[type[Shape]]:
    """Give every shape inside an annotation: one for each kind of entry."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return [annotation]
    return [shape for part in get_args(annotation) for shape in _kinds(part)]


def _keys(shape: type[BaseModel], under: str) -> Iterator[Key]:
    for name, field in shape.model_fields.items():
        path = f"{under}{field.alias or name}"
        extra: Any = field.json_schema_extra
        default = REQUIRED if field.is_required() else extra["x-default"]
        yield Key(
            path, field.description or "", _allowed(field.annotation, field.metadata), default
        )
        inner = shape_in(field.annotation)
        if inner is not None and inner not in (shape, ValidShape, DaysShape):
            keyed = "(id)." if get_origin(field.annotation) is dict else ""
            yield from _keys(inner, f"{path}.{keyed}")


def _allowed(annotation: Any, metadata: list[Any] | None = None) -> str:
    """Say in words what an annotation allows."""
    for each in metadata or ():
        if isinstance(each, Word):
            return each.says
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _allowed(parts[0], list(parts[1:]))
    if origin in _UNIONS:
        return ", or ".join(_allowed(part) for part in parts if part is not NoneType)
    if origin is list:
        return f"a list, each {_allowed(parts[0])}"
    if origin is dict:
        inner = _allowed(parts[1])
        return "a table" if inner.startswith("a table") else f"a table, each {inner}"
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        days = _DAYS if annotation is DaysShape else "a table of keys"
        return _VALID if annotation is ValidShape else days
    return ""


def _for_editors(node: Any) -> Any:
    """Take out what only Python needs: nulls, generated titles; put defaults into words."""
    if isinstance(node, list):
        return [_for_editors(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {
        name: {key: _for_editors(value) for key, value in part.items()}
        if name in ("properties", "$defs")
        else _for_editors(part)
        for name, part in node.items()
        if name not in ("title", "default", "x-default", "discriminator")
    }
    if node.get("x-default"):
        shown = node["x-default"]
        lead = "" if shown.startswith(REQUIRED) else "default: "
        made["description"] = f"{made['description']} ({lead}{shown})"
    if "patternProperties" in made:
        made["additionalProperties"] = False
    if "anyOf" in made:
        choices = [each for each in made.pop("anyOf") if each != {"type": "null"}]
        made |= choices[0] if len(choices) == 1 else {"anyOf": choices}
    return made
