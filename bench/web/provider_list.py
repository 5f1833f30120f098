"""The providers as the page offers them."""

from typing import Any

from providers import registry


def provider_list() -> dict[str, list[dict[str, Any]]]:
    """Role → `ProviderInfo` shapes of docs/page-protocol.md. `key` names the variable of the provider's key, or is empty."""
    known = registry.catalogue()
    return {
        role: [{**info, "key": cls.key_variable} for info in infos if (cls := classes.get(info["name"])) is not None]
        for (role, infos), classes in zip(registry.describe().items(), known.values(), strict=True)
    }
