"""An invitation, a link and a session that are not there, and a provider that is not set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(_issued: Workshop) -> dict[str, tuple[dict[str, str], ...]]:
    return {
        "welcome": ({"token": "x"},),
        "account_reset_password_from_key": ({"uidb36": "1", "key": "x"},),
        "end_session": ({"number": "999"},),
        "openid_connect_login": ({"provider_id": "oidc"},),
        "openid_connect_callback": ({"provider_id": "oidc"},),
    }
