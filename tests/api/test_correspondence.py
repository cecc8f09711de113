"""Everything that a page can do, the API can: no page without an operation, or a reason."""

from __future__ import annotations

from django.urls import URLPattern, get_resolver
from tests.api.correspondence import BEYOND, PAGES, WAITING, Because

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
    known = PAGES.keys() | WAITING
    assert not pages() - known, "name in tests/api/correspondence.py what does the same by the API"
    assert not {each for each in known - pages() if not each.startswith(_SETTINGS)}
    assert not PAGES.keys() & WAITING


def test_every_operation_that_is_named_is_there_and_every_one_that_is_there_is_named() -> None:
    named = {each for said in PAGES.values() if not isinstance(said, Because) for each in said}
    assert not named - operations()
    assert not BEYOND.keys() - operations()
    assert not named & BEYOND.keys()
    assert operations() == named | BEYOND.keys(), "which page does the same? none: say so in BEYOND"


def test_what_a_page_asks_for_an_operation_of_it_asks_for_too() -> None:
    """Nobody gets in by the API at less, or not at all, where they get in at the page."""
    asked = {f"{method.lower()}_{name}": rule.act for (name, method), rule in RULES.items()}
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
