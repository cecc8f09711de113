"""What programs get, and what they never do."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone
from pyarrow import parquet
from tests.api.conftest import ROOT, Program, both, program, token
from tests.portal.conftest import signed_in
from tests.record.test_together import at_once
from tests.record.workshop import PASSWORD

from truecost.api import rates, urls
from truecost.record.models import Answer, Event, Statement, Token
from truecost.record.services import people, tokens
from truecost.record.services.acts import By, DeniedError
from truecost.record.services.permissions import Act, Role
from truecost.record.services.tokens import Scope

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

pytestmark = both


def number(consumer: str) -> str:
    return Statement.objects.get(consumer=consumer, kind="statement").number


def test_a_token_allows_its_persons_part_and_of_that_its_scopes(issued: Workshop) -> None:
    head = issued.person(Role.DEPARTMENT_HEAD, "sales")
    asks = program(head, Scope.STATEMENTS, Scope.PERIODS)
    listed = asks.get("statements").json()
    assert [each["consumer"] for each in listed["items"]] == ["sales"]
    assert asks.get(f"statements/{number('sales')}").status_code == 200
    assert asks.get(f"statements/{number('factory')}").status_code == 404
    assert asks.get("periods").status_code == 403, "the scope is there, the right is not"
    narrow = program(issued.person(Role.ANALYST), Scope.PERIODS)
    assert narrow.get("periods").status_code == 200
    refused = narrow.get("statements")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert "statements:read" in refused.json()["detail"]


def test_services_refuse_what_a_tokens_scopes_do_not_open(issued: Workshop) -> None:
    """Not only the door: who acts by a token has no other rights inside either."""
    word = token(issued.person(Role.ANALYST), [Scope.STATEMENTS])
    found = tokens.acts_for(word, timezone.now())
    assert found is not None
    with pytest.raises(DeniedError):
        found[1].need(Act.CORRECT)


def test_only_the_hash_of_a_token_is_kept_and_it_ends(issued: Workshop) -> None:
    analyst = issued.person(Role.ANALYST)
    asks = program(analyst)
    row = Token.objects.get()
    assert asks.word not in json.dumps(list(Token.objects.values()), default=str)
    assert asks.get("me").json()["key"] == analyst.key
    assert Token.objects.get().used == timezone.now().date()
    later = row.expires
    assert tokens.acts_for(asks.word, later) is None
    tokens.revoke(analyst, row)
    tokens.revoke(analyst, row)
    answer = asks.get("me")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="truecost"')
    kinds = list(Event.objects.filter(kind__startswith="token").values_list("kind", flat=True))
    assert kinds == ["token made", "token revoked"]


def test_who_is_erased_has_no_tokens(issued: Workshop) -> None:
    analyst = issued.person(Role.ANALYST)
    asks = program(analyst)
    assert analyst.person is not None
    people.erase(issued.person(Role.ADMIN), analyst.person)
    assert asks.get("me").status_code == 401
    assert Token.objects.get().name == ""


def test_a_token_makes_no_tokens_and_a_session_needs_its_csrf_token(issued: Workshop) -> None:
    analyst = issued.person(Role.ANALYST)
    body = {"name": "x", "scopes": ["statements:read"]}
    assert program(analyst).post("tokens", body).status_code == 403
    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    assert analyst.person is not None
    client.force_login(analyst.person)
    assert client.get(f"{ROOT}me").status_code == 200
    said = {"data": json.dumps(body), "content_type": "application/json"}
    assert client.post(f"{ROOT}tokens", **said).status_code == 403  # type: ignore[arg-type]
    client.get("/tokens")
    secret = client.cookies["truecost_csrf"].value
    made = client.post(f"{ROOT}tokens", headers={"X-CSRFToken": secret}, **said)  # type: ignore[arg-type]
    assert made.status_code == 201
    assert Program(made.json()["token"]).get("statements").status_code == 200
    assert Client(headers={"host": "localhost"}).get(f"{ROOT}me").status_code == 401


def test_a_list_in_parts_misses_nothing_and_gives_nothing_twice(issued: Workshop) -> None:
    asks = program(issued.person(Role.AUDITOR))
    whole = [each["number"] for each in asks.get("statements").json()["items"]]
    assert len(whole) == 3
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        part = asks.get(f"statements?limit=1&cursor={cursor}").json()
        seen += [each["number"] for each in part["items"]]
        cursor = part["next"]
    assert seen == whole
    found = asks.get("statements?consumer=factory").json()["items"]
    assert [each["consumer"] for each in found] == ["factory"]
    wrong = asks.get("statements?consummer=factory")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "/query/consummer"
    assert "consumer" in wrong.json()["errors"][0]["what"]
    for cursor in ("x", "bnVsbA", "WzEsMl0", "W10", "é"):
        assert asks.get(f"statements?cursor={cursor}").status_code == 404
    events = asks.get("events?kind=period issued").json()["items"]
    assert [each["subject"] for each in events] == ["period 2026-01"]


def test_an_answer_that_is_the_same_is_not_sent_again(issued: Workshop) -> None:
    asks = program(issued.person(Role.AUDITOR))
    first = asks.get("periods/2026-01")
    again = asks.get("periods/2026-01", If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert asks.get("periods/2026-01", If_None_Match='"other"').status_code == 200
    head = asks.ask("HEAD", "periods/2026-01")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])


def test_what_has_changed_is_not_acted_on(issued: Workshop) -> None:
    asks = program(issued.person(Role.ANALYST))
    seen = asks.get("periods/2026-01")["ETag"]
    body = {"reason": "a bill came late"}
    assert asks.post("periods/2026-01/reopen", body, If_Match='"old"').status_code == 412
    done = asks.post("periods/2026-01/reopen", body, If_Match=seen)
    assert (done.status_code, done.json()["state"]) == (200, "open")
    assert asks.post("periods/2026-01/reopen", body, If_Match=seen).status_code == 412


def test_the_same_key_is_done_once(issued: Workshop) -> None:
    asks = program(issued.person(Role.ANALYST))
    path = f"statements/{number('sales')}/credits"
    body = {"amount": 250, "reason": "counted twice"}
    first = asks.post(path, body, Idempotency_Key="a-1")
    again = asks.post(path, body, Idempotency_Key="a-1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Statement.objects.filter(kind="credit note").count() == 1
    other = asks.post(path, {**body, "amount": 251}, Idempotency_Key="a-1")
    assert (other.status_code, other.json()["type"]) == (
        422, "/api/v1/docs#problem-other-request",
    )  # fmt: skip
    Answer.objects.update(status=0, body=b"")  # as if its answer had been lost
    assert asks.post(path, body, Idempotency_Key="a-1").status_code == 409
    much = {"amount": 10**12, "reason": "too much"}
    assert asks.post(path, much, Idempotency_Key="b").status_code == 409
    assert asks.post(path, body, Idempotency_Key="b").status_code == 201, "nothing was done"
    mine = program(issued.person(Role.ANALYST, name="other"))
    assert mine.post(path, body, Idempotency_Key="a-1").status_code == 201, "a key is a person's"


def test_the_same_key_at_once_is_done_once(issued: Workshop) -> None:
    asks = program(issued.person(Role.ANALYST))
    path = f"statements/{number('sales')}/credits"
    body = {"amount": 250, "reason": "counted twice"}
    for key in ("a", "b", "c"):
        answers: list[int] = []

        def ask(key: str = key, answers: list[int] = answers) -> None:
            answers.append(asks.post(path, body, Idempotency_Key=key).status_code)

        assert at_once(*[ask] * 4) == []
        assert set(answers) <= {201, 409}, "whoever comes while it is done is told so"
        assert 201 in answers
    assert Statement.objects.filter(kind="credit note").count() == 3


def test_a_secret_is_not_kept_for_its_key(issued: Workshop) -> None:
    admin = signed_in(issued.person(Role.ADMIN))
    said = {
        "data": json.dumps({"name": "x", "scopes": ["events:read"]}),
        "content_type": "application/json", "headers": {"Idempotency-Key": "k"},
    }  # fmt: skip
    assert admin.post(f"{ROOT}tokens", **said).status_code == 201  # type: ignore[arg-type]
    assert admin.post(f"{ROOT}tokens", **said).status_code == 409  # type: ignore[arg-type]
    assert Token.objects.count() == 1
    assert bytes(Answer.objects.get().body) == b""


def test_the_month_by_the_api_alone(shop: Workshop) -> None:
    run = shop.build()
    analyst, leader = program(shop.person(Role.ANALYST)), program(shop.person(Role.LEADER))
    assert analyst.post("periods/2026-01/review", {"run": run.id}).json()["state"] == "in review"
    refused = analyst.post("periods/2026-01/close", {})
    assert refused.status_code == 409
    assert refused.json()["findings"][0]["hint"]
    waiting = analyst.get("periods/2026-01/checklist?settled=false").json()["items"]
    (asked,) = [
        each for each in analyst.get("sign-offs").json()["items"] if each["service"] == "workplace"
    ]
    said = {"service": "workplace", "facts": asked["facts"], "reason": "twice"}
    (told,) = analyst.post("periods/2026-01/sign-offs", {**said, "refused": True}).json()["items"]
    assert (told["settled"], told["refusal"]) == (False, "twice")
    assert analyst.post("periods/2026-01/sign-offs", said).json()["items"][0]["settled"]
    assert analyst.get("periods/2026-01/unmapped").json()["items"] == []
    entries = [{"item": each["item"], "subject": each["subject"]} for each in waiting]
    decided = analyst.post("periods/2026-01/decisions", {"entries": entries, "reason": "seen"})
    assert all(each["settled"] for each in decided.json()["items"])
    assert analyst.post("periods/2026-01/close", {}).json()["state"] == "closed"
    assert analyst.post("periods/2026-01/issue").status_code == 403, "two people"
    made = leader.post("periods/2026-01/issue")
    assert (made.status_code, made.json()["documents"]) == (200, 3)
    assert leader.post("periods/2026-01/issue").json() == made.json()
    currency = {"currency": shop.build().manifest["workspace"]["currency"]}
    draft = analyst.get("periods/2026-01/journal")
    assert draft["Content-Type"] == "application/json"
    assert analyst.get("periods/2026-01/journal", Accept="text/csv").content.count(b"\n") > 1
    posted = analyst.post("periods/2026-01/journal", currency)
    assert posted.status_code == 200, posted.content
    assert analyst.post("periods/2026-01/journal/credit-notes", currency).status_code == 409
    assert analyst.post("periods/2026-01/journal/reversal", currency).status_code == 200
    assert leader.get("verification").json()["holds"]
    assert set(Event.objects.values_list("via", flat=True)) >= {"api"}


def test_statements_documents_and_what_stands_behind_them(issued: Workshop) -> None:
    asks = program(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    path = f"statements/{number('sales')}"
    assert asks.get(f"{path}/view").json()["schema"] == "truecost.statement/1"
    documents = asks.get(f"{path}/documents").json()["items"]
    assert [each["form"] for each in documents] == ["html", "pdf", "xlsx"]
    row = Statement.objects.get(consumer="sales")
    for each in documents:
        answer = asks.get(each["href"])
        assert answer.content == bytes(row.documents.get(form=each["form"]).content)
        assert "sandbox" in answer["Content-Security-Policy"]
    assert asks.get(f"{path}/documents/exe").status_code == 404
    told = asks.get(f"{path}/explanation").json()
    assert told["schema"].startswith("truecost.")
    assert asks.get(f"{path}/explanation?line=nothing").status_code == 409
    assert asks.get(f"{path}/change").status_code in {200, 409}
    assert asks.get(f"statements/{number('factory')}/explanation").status_code == 404


def test_a_line_is_disputed_answered_and_credited(issued: Workshop) -> None:
    head = program(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    analyst = program(issued.person(Role.ANALYST))
    body = {"reason": "wrong quantity", "text": "We have less.", "amount": 100}
    path = f"statements/{number('sales')}/disputes"
    made = head.post(path, body, Idempotency_Key="d")
    assert made.status_code == 201, made.content
    assert head.post(path, body, Idempotency_Key="d").json() == made.json()
    dispute = f"disputes/{made.json()['number']}"
    assert head.post(f"{dispute}/acceptance", {"reason": "x"}).status_code == 403
    assert analyst.post(f"{dispute}/messages", {"text": "Looking."}).status_code == 200
    assert analyst.post(f"{dispute}/answer", {"text": "So it is."}).json()["state"] == "answered"
    done = analyst.post(f"{dispute}/acceptance", {"reason": "counted twice"}).json()
    assert (done["state"], done["settled"]) == ("accepted", True)
    assert done["credit"].startswith("C-")
    assert len(head.get(f"{dispute}/thread").json()["items"]) >= 3
    assert head.get(f"{dispute}/evidence").status_code == 200
    other = program(issued.person(Role.DEPARTMENT_HEAD, "factory"))
    assert other.get(dispute).status_code == 404


def test_a_build_is_asked_for(issued: Workshop) -> None:
    asks = program(issued.person(Role.ANALYST))
    made = asks.post("builds", {})
    assert (made.status_code, made.json()["state"]) == (202, "waiting")
    assert asks.post("builds", {}).status_code == 409, "one is under way"
    assert asks.get(f"builds/{made.json()['number']}").json() == made.json()
    assert asks.get("builds").json()["items"] == [made.json()]


def test_large_tables_come_in_parts(issued: Workshop) -> None:
    asks = program(issued.person(Role.ANALYST))
    answer = asks.get("statements.csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [each["consumer"] for each in rows] == ["factory", "office", "sales"] or len(rows) == 3
    table = parquet.read_table(io.BytesIO(asks.get("statements.parquet").getvalue()))
    assert table["number"].to_pylist() == [each["number"] for each in rows]
    assert table["amount_minor"].to_pylist() == [int(each["amount_minor"]) for each in rows]
    run = asks.get("runs").json()["items"][0]["id"]
    for each in asks.get(f"runs/{run}/tables").json()["items"]:
        path = f"runs/{run}/tables/{each['name']}"
        found = parquet.read_table(io.BytesIO(asks.get(path).getvalue()))
        assert (found.num_rows, found.column_names) == (each["rows"], each["columns"])
        text = asks.get(f"{path}.csv").getvalue().decode()
        assert len(list(csv.reader(io.StringIO(text)))) == each["rows"] + 1
    assert asks.get(f"runs/{run}/tables/charges", Accept="image/png").status_code == 406
    assert asks.get(f"runs/{run}/tables/nothing").status_code == 404
    assert asks.get("runs/0000/tables").status_code == 404


def test_people_are_kept_by_the_api(issued: Workshop) -> None:
    asks = program(issued.person(Role.ADMIN))
    body = {"email": "new@example.org", "name": "New", "role": "department head", "scope": "sales"}
    made = asks.post("people", body)
    assert made.status_code == 201
    answer = Client(headers={"host": "localhost"}).post(
        made.json()["link"], {"name": "New", "password": PASSWORD}
    )
    assert answer.status_code == 302
    key = made.json()["key"]
    granted = asks.post(f"people/{key}/grants", {"role": "auditor"}).json()
    ended = asks.post(f"grants/{granted['id']}/end").json()
    assert (ended["holds"], ended["role"]) == (False, "auditor")
    erased = asks.post(f"people/{key}/erasure")
    assert (erased.status_code, erased.json()["email"]) == (200, None)
    assert asks.get(f"people/{key}").status_code == 404
    assert "new@example.org" not in asks.get("people").content.decode()


def test_requests_that_are_wrong_are_told_how(issued: Workshop) -> None:
    asks = program(issued.person(Role.ANALYST))
    path = "periods/2026-01/reopen"
    client = Client(headers={"host": "localhost", "Authorization": f"Bearer {asks.word}"})

    def sent(content: bytes, kind: str = "application/json") -> int:
        return client.generic("POST", f"{ROOT}{path}", content, content_type=kind).status_code

    assert sent(b"{") == 400
    assert sent(b'{"reason": "a", "reason": "b"}') == 400
    assert sent(b'{"reason": "\\u0000"}') == 400
    assert sent(b'{"reason": "\\ud800"}') == 400
    assert sent(b"[" * 100_000) == 400
    assert sent(b'{"reason": NaN}') == 400
    assert sent(b"reason=x", "application/x-www-form-urlencoded") == 415
    assert sent(b'"' + b"x" * 3_000_000 + b'"') == 413
    wrong = asks.post(path, {"raeson": "x"}).json()
    assert {each["pointer"] for each in wrong["errors"]} >= {"/body/body/reason"} or wrong["errors"]
    assert asks.get("nowhere").status_code == 404
    absent = asks.ask("DELETE", "periods")
    assert (absent.status_code, absent["Allow"]) == (405, "GET, HEAD")
    assert asks.get("statements/%00").status_code == 404
    assert asks.get("events?kind=%00").status_code == 404


def test_who_asks_too_often_waits(issued: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "READS", 3)
    asks = program(issued.person(Role.AUDITOR))
    found = [asks.get("me") for _ in range(4)]
    assert [each.status_code for each in found] == [200, 200, 200, 429]
    assert 1 <= int(found[-1]["Retry-After"]) <= 61
    assert program(issued.person(Role.AUDITOR)).get("me").status_code == 200, "another token"
    assert rates.read("x", 0.0) == 0
    assert rates.read("x", 61.0) == 0


def test_the_reference_is_a_page_without_script(shop: Workshop) -> None:
    client = Client(headers={"host": "localhost"})
    answer = client.get(f"{ROOT}docs")
    page = answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert page.count("<script") == page.count('<script src="/static/')
    assert "style=" not in page
    for path in urls.DOCUMENT["paths"]:
        assert path in page
    assert client.get(f"{ROOT}openapi.json").json()["openapi"].startswith("3.1")
    assert shop.folder.exists()


def test_nobody_acts_by_the_api_who_is_nobody(shop: Workshop) -> None:
    nobody = By(None, "api", timezone.now())
    with pytest.raises(DeniedError):
        tokens.make(nobody, "x", ["events:read"], 1)
    assert replace(nobody, within=frozenset()).rights.grants == ()
    assert shop.folder.exists()


def test_the_document_says_that_no_text_of_a_body_holds_nul(issued: Workshop) -> None:
    schemas = urls.document()["components"]["schemas"]
    name = schemas["SubscribeIn"]["properties"]["name"]
    assert (name["minLength"], name["pattern"]) == (1, r"^[^\u0000]*$")
    assert schemas["SubscribeIn"]["properties"]["email"]["pattern"]
    assert "pattern" not in schemas["StatementOut"]["properties"]["name"]
    assert schemas["LessIn"]["properties"]["quantities"]["propertyNames"]["pattern"]
    asks = program(issued.person(Role.ANALYST))
    body = {"name": "a\0b", "email": "a@example.org", "topic": "briefings"}
    assert asks.post("subscriptions", body).status_code == 400
