"""A server that speaks OpenAI's format: what is known of it beforehand, its address, and who may see which key.

A key is sent to its own server and to nobody else. An address in the options may have been set by anyone who can open the page
or who has shared a preset, so such an address never gets a key, unless it is one of the two that the admin of this machine
stands for: the service's own, and the one in the service's environment variable. Scheme, host and port must all be the same.
"""

import importlib.util
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from providers import keys
from providers.base import Missing
from providers.errors import KeyMissing, KeyRejected, Stage

NO_KEY = "no-key"
"""Sent where the format demands a key and there is none to send."""

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
"""What a bearer token may consist of: anything else would not fit into a header."""
_PORTS = {"http": 80, "https": 443}
LONGEST_ADDRESS = 8192
"""Addresses of stand-ins carry their whole plan (characters)."""


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of server."""

    title: str
    """As people know it."""
    base_url: str
    """Where it is unless somebody says otherwise."""
    key_variable: str = ""
    """Environment variable of its key; empty: it has none."""
    needs_key: bool = False
    """Answers nobody without a key, at its own address."""
    url_variable: str = ""
    """Environment variable with which the admin of this machine moves it elsewhere; empty: there is none."""
    vendor: str = ""
    """Its catalogue of models and prices; empty: there is none."""
    vendor_fields: bool = False
    """Takes the fields that only OpenAI itself documents (`service_tier`, `verbosity`, `include_obfuscation` …)."""
    length_field: str = "max_completion_tokens"
    """What the limit of a reply is called in chat completions; older servers know `max_tokens` only."""
    start: str = ""
    """How it is started on this machine; empty: it is somebody else's."""
    check_path: str = "models"
    """What answers 401 to a wrong key, and costs nothing."""


OPENAI = Service(
    "OpenAI", "https://api.openai.com/v1", "OPENAI_API_KEY", needs_key=True, url_variable="OPENAI_BASE_URL", vendor="openai",
    vendor_fields=True,
)  # fmt: skip


def checked_address(text: str) -> str:
    """The address without its last slash, or empty. Raises `ValueError` that never repeats it: it may hold a secret."""
    text = text.strip().rstrip("/")
    if not text:
        return ""
    if len(text) > LONGEST_ADDRESS or not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("an address is made of letters, digits and a few signs, without spaces")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("this is no address") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("an address begins with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("an address must not contain a name or a password")
    if parts.query or parts.fragment or "\\" in text:
        raise ValueError("an address ends with its path, such as /v1")
    return text


def origin(address: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what has to be the same for two addresses to be the same server."""
    parts = urlsplit(address)
    return parts.scheme, (parts.hostname or "").lower().rstrip("."), parts.port or _PORTS.get(parts.scheme)


def admins_address(service: Service) -> str:
    """Where the admin of this machine has moved the service, or empty; one that is no address counts as none."""
    told = keys.key(service.url_variable) if service.url_variable else None
    try:
        return checked_address(told.get_secret_value()) if told is not None else ""
    except ValueError:
        return ""


def address(service: Service, chosen: str) -> str:
    """Where to ask: the option, else the admin's address, else the service's own."""
    return chosen or admins_address(service) or service.base_url


def is_own(service: Service, place: str) -> bool:
    """The address is one that the service's key may be sent to."""
    moved = admins_address(service)
    own = ([service.base_url] if service.needs_key else []) + ([moved] if moved else [])
    return any(origin(place) == origin(each) for each in own)


def is_vendors(service: Service, place: str) -> bool:
    """The address is the vendor's own, where nothing goes without a key."""
    return service.needs_key and origin(place) == origin(service.base_url)


def credential(service: Service, place: str, provider: str, stage: Stage) -> str:
    """What is sent as the key to that address. Raises `KeyMissing`, or `KeyRejected` for one that cannot be sent at all."""
    found = keys.key(service.key_variable) if service.key_variable and is_own(service, place) else None
    if found is None:
        if is_vendors(service, place):
            raise KeyMissing(provider, stage, variable=service.key_variable)
        return NO_KEY
    text = found.get_secret_value()
    if not _HEADER_SAFE.fullmatch(text):
        raise KeyRejected(provider, stage, variable=service.key_variable, cause="the key has characters that no key has")
    return text


def lacking(service: Service) -> Missing | None:
    """What has to be installed or set before the service can be used at its default address."""
    if importlib.util.find_spec("openai") is None:
        return Missing("the package openai", "pip install openai")
    if not is_vendors(service, address(service, "")) or keys.present(service.key_variable):
        return None
    return Missing(
        f"the key in {service.key_variable}",
        f"put {service.key_variable}=… into the file .env beside workbench.py (or into the environment) and restart",
    )
