"""`serve`: the workbench in the browser."""

import sys

from pydantic import ValidationError

from bench.commands import exit_codes
from bench.settings import Settings, UnsafeBindError, refuse_unsafe
from bench.web.serving import CannotListenError, listen, serve


def run(host: str | None, port: int | None, *, open_browser: bool) -> int:
    """Serve until Ctrl+C; returns the exit code."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
        refuse_unsafe(settings)
        listen(settings.host, settings.port).close()  # known now, not after the slow imports
    except ValidationError as error:
        for each in error.errors(include_url=False):
            print(f"firstword: {'.'.join(str(part) for part in each['loc'])}: {each['msg']}", file=sys.stderr)
        return exit_codes.BAD_INPUT
    except UnsafeBindError as error:
        print(f"firstword: {error}", file=sys.stderr)
        return exit_codes.BAD_INPUT
    except CannotListenError as error:
        print(f"firstword: {error}", file=sys.stderr)
        return exit_codes.PORT_IN_USE
    from bench.commands.build import build  # noqa: PLC0415 - seconds of imports, only once the port is sure

    app = build(settings)
    if isinstance(app, str):
        print(f"firstword: {app}", file=sys.stderr)
        return exit_codes.NOT_STARTED
    return serve(app, settings.host, settings.port, open_browser=open_browser, on_leaving=app.state.leaving)
