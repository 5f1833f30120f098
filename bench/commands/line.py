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
def providers(
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Ask each vendor whether it takes its key.")] = False,
) -> None:
    """List the providers: what is here, what is missing, and the remedy. Nothing goes to the network without --check."""
    from bench.commands.providers import run

    raise typer.Exit(run(as_json=json, check=check))


@_typer.command()
def replay(
    turn: Annotated[str, typer.Argument(help="Turn id, or its beginning.")],
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Recompute every figure of a turn from its stored marks, and say whether they are equal to what was shown."""
    from bench.commands.replay import run

    raise typer.Exit(run(turn, as_json=json))


@_typer.command()
def wire(
    vendor: Annotated[str, typer.Argument(help="Whose format: openai or gemini.")],
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 = any free one.")] = 9000,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback only, unless --anyone.")] = "127.0.0.1",
    plan: Annotated[Path | None, typer.Option(help="JSON file that says what is answered, when, and what goes wrong.")] = None,
    text: Annotated[str | None, typer.Option(help="What is answered.")] = None,
    first_text_ms: Annotated[float | None, typer.Option(min=0, help="Request read to first text (ms).")] = None,
    tokens_per_s: Annotated[float | None, typer.Option(min=0.001, help="Pace of the text after that (chunks/s).")] = None,
    spin: Annotated[bool, typer.Option("--spin/--no-spin", help="Wait busily for exact instants.")] = True,
    anyone: Annotated[bool, typer.Option("--anyone", help="Listen even where other computers can reach it.")] = False,
) -> None:
    """Stand in for a vendor's service: scripted words, known delays, no key and no bill.

    Example: python workbench.py wire openai --port 9000 --first-text-ms 300
    """
    from bench.commands.wire import Request, run

    raise typer.Exit(run(Request(vendor, host, port, plan, text, first_text_ms, tokens_per_s, spin, anyone)))


def _serve(host: str | None, port: int | None, no_browser: bool) -> None:
    from bench.commands.serve import run

    raise typer.Exit(run(host, port, open_browser=not no_browser))


def app() -> None:
    """Run the command line; leaves with the exit code."""
    _typer()
