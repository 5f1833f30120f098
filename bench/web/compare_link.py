"""A comparison as a link: `?compare=embedded-pause-300,embedded-pause-700`, or `chat:…` for the other tab."""

import base64
import json
import zlib
from collections.abc import Iterable

from bench.configuration import Configuration
from bench.preset import DEFAULT, PresetError, Presets, check

_LONGEST = 200_000
"""Bytes of a configuration, unpacked."""


def workspace_link(tab: str, columns: Iterable[tuple[str, Configuration]], presets: Presets) -> str:
    """The value of `?compare=` for these columns (preset id and configuration)."""
    parts = ",".join(to_link(preset, configuration, presets) for preset, configuration in columns)
    return parts if tab == "voice" else f"{tab}:{parts}"


def to_link(preset: str, configuration: Configuration, presets: Presets) -> str:
    """A column as a part of `?compare=`: the preset's id, or the whole configuration when it differs or is the user's own."""
    try:
        plain = not presets.is_own(preset) and presets.get(preset).configuration.fingerprint == configuration.fingerprint
    except PresetError:
        plain = False
    if plain:
        return preset
    packed = zlib.compress(json.dumps([preset, configuration.canonical()], ensure_ascii=False).encode(), 9)
    return "~" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_link(part: str, presets: Presets) -> tuple[str, Configuration] | None:
    """The reverse of `to_link`; None for what cannot be read."""
    try:
        if not part.startswith("~"):
            return part, presets.get(part).configuration
        packed = base64.urlsafe_b64decode(part[1:] + "=" * (-len(part[1:]) % 4))
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, _LONGEST)
        if not unpacker.eof:  # cut off on its way, or a bomb
            return None
        preset, data = json.loads(text)
        return (str(preset) if str(preset) in presets.ids() else DEFAULT), check(data)
    except (PresetError, ValueError, zlib.error, TypeError):
        return None
