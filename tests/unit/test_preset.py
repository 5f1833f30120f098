"""Presets: every mistake is named with its line and what would be allowed."""

from pathlib import Path

import pytest

from bench.configuration import Configuration
from bench.preset import SHIPPED, PresetError, Presets, check, load, parse
from bench.web.compare_link import from_link, to_link

HEAD = "title: {en: T, ru: Т}\nconfiguration:\n"


def problems(text: str) -> list[str]:
    with pytest.raises(PresetError) as caught:
        parse(text, "x.yaml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_preset_is_sound(path: Path) -> None:
    preset = load(path)
    assert preset.title.ru
    assert preset.description.en
    assert preset.description.ru


def test_the_presets_that_are_promised_are_there() -> None:
    promised = {"embedded", "embedded-pause-300", "embedded-pause-700", "embedded-pause-1200", "embedded-light-vad",
                "embedded-batch-40", "embedded-batch-400", "embedded-whole-reply", "embedded-paced", "scripted"}  # fmt: skip
    assert promised <= set(Presets().ids())
    assert Presets().ids()[0] == "embedded"


def test_an_unknown_key_is_named_with_its_line_and_the_known_ones() -> None:
    [problem] = problems(HEAD + "  listening:\n    pause_sm: 300\n")
    assert problem.startswith("line 4: configuration.listening.pause_sm: unknown key 'pause_sm', did you mean 'pause_ms'?")
    assert "onset_frames" in problem


def test_a_value_out_of_range_is_named_with_the_range() -> None:
    [problem] = problems(HEAD + "  listening:\n    onset_frames: 2\n    pause_ms: 9\n")
    assert problem.startswith("line 5: configuration.listening.pause_ms: 9 is not allowed")
    assert "50 to 5000 ms" in problem


def test_an_unknown_provider_is_named_with_those_that_there_are() -> None:
    [problem] = problems(HEAD + "  thinking:\n    chat:\n      provider: gpt9\n")
    assert problem.startswith("line 5: configuration.thinking.chat.provider: there is no provider 'gpt9'")
    assert "rulebook" in problem


def test_an_option_of_a_provider_is_checked_by_its_own_model() -> None:
    [problem] = problems(HEAD + "  thinking:\n    chat:\n      provider: rulebook\n      options:\n        pace: 3\n")
    assert problem.startswith("line 7: configuration.thinking.chat.options.pace: unknown key 'pace'")
    assert "tokens_per_s" in problem


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems(HEAD + "  listening:\n    pause_ms: 9\n    x: 1\n  speaking:\n    cut: never\n")) == 3


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "title: [\n", "just words"])
def test_what_is_no_preset(text: str) -> None:
    assert problems(text)


def test_not_text(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PresetError):
        load(tmp_path / "x.yaml")


def test_own_presets_are_saved_overwritten_and_deleted(tmp_path: Path) -> None:
    presets = Presets(tmp_path / "presets")
    changed = check({"listening": {"pause_ms": 450}})
    first = presets.save("My pause!", changed)
    assert presets.is_own(first)
    assert presets.get(first).configuration == changed
    assert presets.save("My pause!", Configuration()) == f"{first}-2"
    assert presets.save("ignored", Configuration(), overwrite=first) == first
    assert presets.get(first).configuration == Configuration()
    assert presets.save("Embedded", Configuration(), overwrite="embedded") == "embedded-2"  # shipped ones are never overwritten
    presets.delete(first)
    assert first not in presets.ids()
    presets.delete("../../etc/passwd")
    presets.delete("embedded")
    assert "embedded" in presets.ids()


def test_a_link_brings_back_the_whole_configuration(tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    plain = presets.get("embedded").configuration
    assert to_link("embedded", plain, presets) == "embedded"
    changed = check({"listening": {"pause_ms": 450}, "thinking": {"prompt": "Будь краток, пожалуйста."}})
    link = to_link("embedded", changed, presets)
    assert from_link(link, presets) == ("embedded", changed)
    for broken in ("~", "~abc", "nope", link[:-5], "~" + "A" * 500):
        assert from_link(broken, presets) is None


def test_equal_configurations_have_equal_fingerprints() -> None:
    assert check({}).fingerprint == Configuration().fingerprint
    assert check({"listening": {"pause_ms": 701}}).fingerprint != Configuration().fingerprint
