"""Single sign-on as allauth's settings have it, from `record/settings.toml`. Needs no Django."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truecost.record.place import RecordPlace, Settings
    from truecost.record.sign_on import Provider


def providers(place: RecordPlace, said: Settings) -> dict[str, Any]:
    """Give the providers that there are, each under the id that its addresses have."""
    found: dict[str, Any] = {}
    if said.oidc is not None:
        found["openid_connect"] = {"APPS": [_oidc(said.oidc, place.oidc_secret())]}
    if said.saml is not None:
        found["saml"] = {"APPS": [_saml(said.saml, place.certificate(said.saml.certificate))]}
    return found


def _oidc(said: Provider, secret: str) -> dict[str, Any]:
    settings = {"server_url": said.issuer, "oauth_pkce_enabled": True, **_ours(said)}
    return {
        "provider_id": "oidc", "name": said.name, "client_id": said.client, "secret": secret,
        "settings": settings,
    }  # fmt: skip


def _saml(said: Provider, certificate: str) -> dict[str, Any]:
    settings = {
        "idp": {"entity_id": said.issuer, "sso_url": said.url, "x509cert": certificate},
        # a name that the provider makes up anew each time names nobody
        "attribute_mapping": {"email": said.email, "uid": said.uid or said.email},
        # an answer that nobody asked for, or that is not signed, lets nobody in
        "advanced": {"reject_idp_initiated_sso": True, "want_assertion_signed": True},
        **_ours(said),
    }
    # allauth knows a provider of SAML by its client id, which stands in its addresses
    return {"provider_id": "saml", "name": said.name, "client_id": "saml", "settings": settings}


def _ours(said: Provider) -> dict[str, Any]:
    return {
        "verified_email": said.trust_email, "mfa": said.mfa,
        "groups_claim": said.groups_claim, "groups": dict(said.groups),
    }  # fmt: skip
