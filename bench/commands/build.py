"""Puts the app together for `serve`: what can fail is named in a sentence, not in a traceback."""

from pathlib import Path

from fastapi import FastAPI

from bench.access.identity import SecretDamagedError
from bench.access.redaction import configure_logging
from bench.access.uploads import TooLongError, UnreadableError
from bench.audio.decode import DecodeError, TooLong, decode_file
from bench.settings import Settings
from bench.web.app import build_app
from bench.web.state import Bench
from providers.base import Samples
from providers.keys import redactable


def build(settings: Settings) -> FastAPI | str:
    """The app, or a sentence that says why there is none."""
    configure_logging(settings.log_level, redactable())

    def decode(path: Path) -> Samples:
        try:
            return decode_file(path, max_minutes=settings.max_input_minutes)
        except TooLong as error:
            raise TooLongError(str(error), error.remedy) from error
        except DecodeError as error:
            raise UnreadableError(str(error), error.remedy) from error

    try:
        return build_app(Bench(settings, decode))
    except SecretDamagedError as error:
        return str(error)
    except OSError as error:
        return f"The folder {settings.data_dir} cannot be used ({error.strerror}). Set FIRSTWORD_DATA_DIR to another one."
