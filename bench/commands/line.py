"""The commands and their options. Each imports what it needs when it runs, so that `--help` is there at once."""

from pathlib import Path
from typing import Annotated

import typer

_HELP = """Firstword: the latency workbench for talking agents.

Without a command it opens the workbench in the browser."""
_EPILOG = """Examples: `python workbench.py` · `python workbench.py compare embedded-pause-300 embedded-pause-700 --input
samples/en-haircut-slt.flac --repeat 10` · `python workbench.py providers` · `python workbench.py replay 3f9c`"""

_typer = typer.Typer(help=_HELP, epilog=_EPILOG, add_completion=False, no_args_is_help=False, rich_markup_mode=None,
                     pretty_exceptions_enable=False)  # fmt: skip

Host = Annotated[str | None, typer.Option(help="Address to listen on; loopback only.")]
Port = Annotated[int | None, typer.Option(min=1, max=65_535, help="Port to listen on (default 7860, or PORT).")]
Inputs = Annotated[list[Path] | None, typer.Option("--input", "-i", help="Recording to play in real time; may be repeated.")]
Texts = Annotated[list[str] | None, typer.Option("--text", "-t", help="Message to type instead; may be repeated.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open the page by itself.")]


@_typer.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        _serve(None, None, False)


@_typer.command()
def serve(host: Host = None, port: Port = None, no_browser: NoBrowser = False) -> None:
    """Open the workbench in the browser (the default command)."""
    _serve(host, port, no_browser)


@_typer.command()
def compare(
    presets: Annotated[list[str], typer.Argument(help="One to four presets: ids, or paths of YAML files.")],
    input: Inputs = None,
    text: Texts = None,
    repeat: Annotated[int, typer.Option(min=1, max=1000, help="How often each input is given to each preset.")] = 10,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same order.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write everything as JSON.")] = None,
) -> None:
    """Run presets against each other in shuffled blocks and say which one answers sooner, and why.

    Example: python workbench.py compare embedded-pause-300 embedded-pause-700 --input samples/en-haircut-slt.flac
    """
    from bench.commands.compare import Request, run

    raise typer.Exit(run(Request(tuple(presets), tuple(input or ()), tuple(text or ()), repeat, seed, out)))


@_typer.command()
def providers(json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the providers: what is here, what is missing, and the remedy."""
    from bench.commands.providers import run

    raise typer.Exit(run(as_json=json))


@_typer.command()
def replay(
    turn: Annotated[str, typer.Argument(help="Turn id, or its beginning.")],
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Recompute every figure of a turn from its stored marks, and say whether they are equal to what was shown."""
    from bench.commands.replay import run

    raise typer.Exit(run(turn, as_json=json))


def _serve(host: str | None, port: int | None, no_browser: bool) -> None:
    from bench.commands.serve import run

    raise typer.Exit(run(host, port, open_browser=not no_browser))


def app() -> None:
    """Run the command line; leaves with the exit code."""
    _typer()
