"""Everything that a page can do, the API can: no page without an operation, or a reason."""

from __future__ import annotations

import re

from django.urls import URLPattern, get_resolver
from tests.api.correspondence import BEYOND, PAGES, Because

from truecost.api import urls
from truecost.api.endpoints import RULES
from truecost.portal import areas

#: Those of SAML are there where the settings have it.
_SETTINGS = "saml_"


def pages() -> set[str]:
    """Give the names of all addresses of the portal."""
    return {str(each.name) for each in get_resolver().url_patterns if isinstance(each, URLPattern)}


def operations() -> set[str]:
    """Give the names of all operations, as the document has them."""
    paths = urls.document()["paths"].values()
    return {each["operationId"] for methods in paths for each in methods.values()}


def test_every_page_has_operations_or_a_reason_and_no_entry_is_left_over() -> None:
    new = pages() - PAGES.keys()
    assert not new, "name in tests/api/correspondence.py what does the same by the API"
    assert not {each for each in PAGES.keys() - pages() if not each.startswith(_SETTINGS)}


def test_every_operation_that_is_named_is_there_and_every_one_that_is_there_is_named() -> None:
    named = {each for said in PAGES.values() if not isinstance(said, Because) for each in said}
    assert not named - operations()
    assert not BEYOND.keys() - operations()
    assert not named & BEYOND.keys()
    assert operations() == named | BEYOND.keys(), "which page does the same? none: say so in BEYOND"


def test_an_operation_is_called_by_a_verb_and_a_noun_of_its_own() -> None:
    """Programs that are made from the document call their functions so."""
    paths = urls.document()["paths"].values()
    said = [(method, each) for methods in paths for method, each in methods.items()]
    names = [each["operationId"] for _, each in said]
    assert sorted(set(names)) == sorted(names)
    assert {each for each in names if not re.fullmatch(r"[a-z]+(_[a-z]+)+", each)} == set()
    for method, each in said:
        verb = each["operationId"].partition("_")[0]
        good = each["responses"].get(200, {}).get("content", {}).get("application/json", {})
        shape = good.get("schema", {}).get("$ref", "").rpartition("/")[2]
        lists = shape.startswith(("Listed_", "Page_"))
        wanted = ("list" if lists else "get") if method == "get" else verb
        assert verb == wanted, each["operationId"]
        assert (verb in {"get", "list"}) == (method == "get"), each["operationId"]


def test_what_a_page_asks_for_an_operation_of_it_asks_for_too() -> None:
    """Nobody gets in by the API at less, or not at all, where they get in at the page."""
    asked = {rule.does: rule.act for rule in RULES.values()}
    at_pages = areas.rules()
    for name, said in PAGES.items():
        act = at_pages.get(name)
        if act is not None and not isinstance(said, Because):
            assert act in {asked[each] for each in said} or name in _NARROWER, name


#: Where pages ask for another act than any of their operations, with why.
_NARROWER = {
    "decide": "who signs off a service does so by the API; on pages who keeps periods",
    "dispute_act": "each of the acts asks for its own",
}
