"""Tokens: one's own; who manages people sees and revokes everybody's."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from truecost.api.answers import there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Shape
from truecost.record.services import tokens
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope

router = Router(tags=["tokens"])


class TokenOut(Shape):
    """A token, without its word: that is not kept."""

    id: int
    name: str
    owner: str
    ending: str
    scopes: list[str]
    made: str
    expires: str
    revoked: str | None
    used: str | None


class MadeOut(TokenOut):
    """A token that was just made, with its word, this once."""

    token: str


class TokenIn(Body):
    """A token to be made."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[int, Field(ge=1, le=tokens.LONGEST_DAYS, strict=True)] = 90


@get(
    router, "tokens", "tokens", does="list_tokens", scope=Scope.TOKENS, act=Act.ENTER,
    response=Listed[TokenOut],
)  # fmt: skip
def listed(request: HttpRequest) -> Listed[TokenOut]:
    """List tokens, the newest first."""
    return Listed[TokenOut](items=[TokenOut(**said(each)) for each in tokens.of(by(request))])


@post(
    router, "tokens", "tokens", does="make_token", scope=None, act=Act.ENTER,
    response={201: MadeOut}, secret=True,
)  # fmt: skip
def make(request: HttpRequest, body: TokenIn) -> MadeOut:
    """Make a token of one's own; its word is shown this once."""
    row, word = tokens.make(by(request), body.name, body.scopes, body.days)
    return MadeOut(**said(row), token=word)


@post(
    router, "tokens/{int:number}/revocation", "revocation", does="revoke_token", scope=Scope.TOKENS,
    act=Act.ENTER, response=TokenOut,
)  # fmt: skip
def revoke(request: HttpRequest, number: int) -> TokenOut:
    """End a token, at once and for good."""
    who = by(request)
    return TokenOut(**said(tokens.revoke(who, there(tokens.get(who, number)))))


def said(row: Any) -> dict[str, Any]:
    """Give a token as it is answered."""
    return {
        "id": row.pk, "name": row.name, "owner": row.person.key, "ending": row.ending,
        "scopes": row.scopes.split(), "made": row.made.isoformat(),
        "expires": row.expires.isoformat(),
        "revoked": row.revoked.isoformat() if row.revoked else None,
        "used": row.used.isoformat() if row.used else None,
    }  # fmt: skip
