"""Where Gemini requests go, and which key goes along. Imports no SDK.

The rule is the one of every service here: the key goes to the service's own address, or to the one that the admin of this
machine set in the environment, and a placeholder goes to any other.
"""

import dataclasses

from providers import keys
from providers.base import Missing
from providers.errors import KeyRejected, Stage
from providers.over_http.openai_service import Service, address, checked_address, credential, is_own, is_vendors

BASE_URL_VARIABLE = "GOOGLE_GEMINI_BASE_URL"
KEY_VARIABLES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""The first that is set is used, as the SDK itself would."""
GOOGLE = Service(
    "Google Gemini", "https://generativelanguage.googleapis.com", KEY_VARIABLES[0], needs_key=True,
    url_variable=BASE_URL_VARIABLE, vendor="google",
)  # fmt: skip

__all__ = [
    "BASE_URL_VARIABLE", "KEY_VARIABLES", "address_for", "checked_address", "is_own_address", "key_for", "key_variable",
    "missing_key",
]  # fmt: skip


def key_variable() -> str:
    """The variable that holds the key, or the one to set."""
    return next((name for name in KEY_VARIABLES if keys.present(name)), KEY_VARIABLES[0])


def address_for(chosen: str) -> str:
    """Where to ask: the option, else the admin's address, else Google's own."""
    return address(GOOGLE, chosen)


def is_own_address(place: str) -> bool:
    """Google's own address or the admin's: Google's prices hold there."""
    return is_own(GOOGLE, place)


def key_for(place: str, provider: str, stage: Stage) -> str:
    """What is sent to this address. Raises `KeyMissing`, `KeyRejected` (not even the form of a key)."""
    key = credential(_service(), place, provider, stage)
    if key.startswith("auth_tokens/"):  # the SDK would raise an error of its own with each request
        raise KeyRejected(provider, stage, variable=key_variable(), cause="a token for live sessions is no key")
    return key


def missing_key() -> Missing | None:
    """What has to be set before the default address can be used."""
    variable = key_variable()
    if not is_vendors(GOOGLE, address_for("")) or keys.present(variable):
        return None
    remedy = f"put {variable}=… into the file .env beside workbench.py (or into the environment) and restart"
    return Missing(f"the key in {variable}", remedy)


def _service() -> Service:
    return dataclasses.replace(GOOGLE, key_variable=key_variable())
