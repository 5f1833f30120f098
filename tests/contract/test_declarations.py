"""What providers say of themselves, and what their stage files say of them."""

import json
import subprocess
import sys
import time

import pytest
from pydantic import BaseModel, ValidationError

from providers.base import Capabilities, Missing, Options
from tests.contract import wire_cases  # noqa: F401 - registers its cases
from tests.contract.cases import cases_of
from tests.contract.subjects import Subject, registered, stages

ROLES = {"vad", "stt", "transcriber", "chat", "tts", "live", "avatar"}


def test_every_declared_stage_is_of_a_known_provider() -> None:
    assert {(stage.role, stage.provider) for stage in stages()} <= set(registered())


def test_a_stage_says_of_every_case_how_it_is_provoked_or_why_it_cannot_happen() -> None:
    for stage in stages():
        names = {case.name for case in cases_of(stage.role)}
        assert set(stage.cases) | set(stage.not_applicable) == names, f"{stage.provider} {stage.variant}"
        assert not set(stage.cases) & set(stage.not_applicable)
        assert all(len(reason) > 10 for reason in stage.not_applicable.values())


def test_provider_describes_itself(subject: Subject) -> None:
    engine = subject.engine
    assert engine.role == subject.role
    assert engine.role in ROLES
    assert engine.name == subject.name
    assert engine.name == engine.name.lower()
    assert engine.title.strip()
    assert isinstance(engine.capabilities, Capabilities)
    assert all(len(language) == 2 for language in engine.capabilities.languages)


def test_options_forbid_the_unknown_and_explain_themselves(subject: Subject) -> None:
    """Title and help in both languages on every knob; defaults that are valid; no room for a typing error."""
    options = subject.engine.Options
    assert issubclass(options, Options)
    assert options.model_validate(options().model_dump(mode="json")) == options()
    with pytest.raises(ValidationError):
        options.model_validate({"surely_no_such_knob": 1})
    json.dumps(options.model_json_schema())
    for model in (options, *nested(options)):
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            assert field.title, f"{name} has no title"
            assert field.description, f"{name} has no help"
            assert isinstance(extra, dict)
            russian = extra["ru"]
            assert isinstance(russian, dict)
            assert russian["title"], f"{name} has no Russian title"
            assert russian["description"], f"{name} has no Russian help"


def nested(options: type[BaseModel]) -> list[type[BaseModel]]:
    """Option groups inside the options."""
    kinds = [field.annotation for field in options.model_fields.values()]
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def test_missing_is_cheap(subject: Subject) -> None:
    """No engine is imported to say what is missing."""
    subject.engine.missing()
    before_s = time.perf_counter()
    missing = subject.engine.missing()
    assert time.perf_counter() - before_s < 0.25
    assert missing is None or (isinstance(missing, Missing) and missing.what and missing.remedy)


def test_the_registry_imports_no_engine() -> None:
    """Looking at the catalogue loads no vendor SDK and no engine: they are imported when they are used."""
    program = (
        "import sys; from providers import registry; registry.describe();"
        "engines = {'onnxruntime', 'pocketsphinx', 'webrtcvad', 'openai', 'google', 'grpc', 'scipy', 'httpx2', 'httpcore2'};"
        "print(sorted(engines & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
