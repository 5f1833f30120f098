"""What a column is made of, as the page draws it: the lasting half of the `Column` shape of docs/page-protocol.md."""

from typing import Any, cast
from urllib.parse import urlsplit

from bench.configuration import Configuration
from bench.preset import PresetError, Presets
from providers import registry


def column_shape(letter: str, preset: str, configuration: Configuration, presets: Presets) -> dict[str, Any]:
    """Letter, preset, configuration, how it differs from the preset, and what is to be known of its providers."""
    try:
        known = presets.get(preset)
        title, base = known.title.model_dump(), known.configuration
    except PresetError:  # deleted or broken since it was chosen: the configuration lives on without it
        title, base = {"en": preset, "ru": preset}, configuration
    return {
        "column": letter, "preset": preset, "title": title, "configuration": configuration.canonical(),
        "modified": _differences(base.canonical(), configuration.canonical()), "base": base.canonical(),
        "labels": _labels(configuration), "vendors": _vendors(configuration),
        "addresses": _addresses(configuration), "fingerprint": configuration.fingerprint,
    }  # fmt: skip


def _vendors(configuration: Configuration) -> list[str]:
    """Titles of the services that are asked over the network with a key, at their own address."""
    known = registry.catalogue()
    found: dict[str, None] = {}
    for role, choice in configuration.choices().items():
        provider = known.get(role, {}).get(choice.provider)
        if provider is not None and provider.key_variable and not choice.options.get("base_url"):
            found[provider.title] = None
    return list(found)


def _addresses(configuration: Configuration) -> list[dict[str, str]]:
    """Providers that are told to ask another address than their own: `{role, address}`, without path or credentials."""
    found: list[dict[str, str]] = []
    for role, choice in configuration.choices().items():
        given = choice.options.get("base_url")
        if isinstance(given, str) and given.strip():
            found.append({"role": role, "address": urlsplit(given.strip()).netloc.rpartition("@")[2] or given.strip()})
    return found


def _labels(configuration: Configuration) -> list[str]:
    known = registry.catalogue()
    labels: list[str] = []
    for role, choice in configuration.choices().items():
        provider = known.get(role, {}).get(choice.provider)
        labels += [label for label in (provider.capabilities.labels if provider else ()) if label not in labels]
    return labels


def _differences(base: Any, now: Any, path: str = "") -> list[str]:
    """Dotted paths of the leaves that differ."""
    if isinstance(base, dict) and isinstance(now, dict):
        found: list[str] = []
        before, after = cast("dict[str, Any]", base), cast("dict[str, Any]", now)
        for key in sorted({*before, *after}):
            found += _differences(before.get(key), after.get(key), f"{path}.{key}" if path else key)
        return found
    return [] if base == now else [path]
