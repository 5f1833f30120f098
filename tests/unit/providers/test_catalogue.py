"""What is known of the vendors' models."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from providers import registry
from providers.catalogues.models import FOLDER, catalogue, entry, gone, models, replacement, suggestions

VENDORS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def test_there_is_one_for_openai() -> None:
    assert "openai" in VENDORS


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_name_is_there_once_and_every_price_has_a_source(vendor: str) -> None:
    names = [name for each in models(vendor) for name in (each.id, *each.aliases)]
    assert len(names) == len(set(names))
    assert catalogue(vendor).as_of <= date.today()
    for each in models(vendor):
        assert each.roles
        if each.price is not None:
            assert (each.price.source or catalogue(vendor).source).startswith("https://")


def test_a_vendor_that_nobody_knows_has_none() -> None:
    assert models("nobody") == ()
    assert models("../../etc/passwd") == ()
    assert gone("nobody", "x") == replacement("nobody", "x") == ""


def test_names_and_aliases() -> None:
    assert entry("openai", "gpt-4o-mini-tts-2025-12-15") is entry("openai", "gpt-4o-mini-tts")
    assert entry("openai", "gpt-9") is None


def test_a_model_is_gone_on_the_day_it_is_shut_down() -> None:
    assert gone("openai", "tts-1", date(2027, 1, 5)) == ""
    assert gone("openai", "tts-1", date(2027, 1, 6)) == "2027-01-06"
    assert gone("openai", "gpt-6-luna", date(2040, 1, 1)) == ""
    assert replacement("openai", "tts-1") == "gpt-realtime-2.1-mini"


def test_what_is_offered_says_until_when() -> None:
    offered = {each["value"]: each for each in suggestions("openai", "tts")}
    assert {each["until"] for each in offered.values()} == {"2027-01-06"}
    assert "replacement" in offered["tts-1"]
    schema = registry.find("tts", "openai").Options.model_json_schema()
    assert {each["value"] for each in schema["properties"]["model"]["suggestions"]} == set(offered)


def test_the_default_models_are_known_and_not_gone() -> None:
    for role, name in (
        ("chat", "openai"),
        ("chat", "openai-responses"),
        ("stt", "openai"),
        ("transcriber", "openai"),
        ("tts", "openai"),
    ):
        model = registry.find(role, name).Options.model_json_schema()["properties"]["model"]["default"]
        assert entry("openai", model) is not None
        assert not gone("openai", model, date(2026, 11, 21))


def test_reading_it_is_quick() -> None:
    """It is read when the providers are looked at, at every start."""
    program = (
        "import yaml, time; from providers.catalogues import models as m; b = time.perf_counter(); m.models('openai');"
        "print(time.perf_counter() - b)"
    )
    took = [float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                                 cwd=Path(__file__).parents[3]).stdout) for _ in range(3)]  # fmt: skip
    assert min(took) < 0.05, f"{took} s"
