"""The program: options that stand for every command, where each command is, and how every error ends."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from ..errors import MonitorError
from ..settings import Settings, load_settings
from ..warehouse import WarehouseFiles
from .show import err

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=True,
    help="Follow negotiations in the news: which proposals exist, who says so, and where.",
)
feeds_app = typer.Typer(
    invoke_without_command=True,
    help="Every feed and how it does; feeds are added, moved, imported and exported here.",
    epilog="Example: [bold]monitor feeds[/bold]",
)
app.add_typer(feeds_app, name="feeds")

_INTERRUPTED = 130
_RUNS = ("run", "watch", "demo")
_GLOBAL = ("--data", "--config", "--topic")
# Where each command is, in the order in which help lists them: panel, module, commands.
PANELS: dict[str, dict[str, tuple[str, ...]]] = {
    "Run": {"running": ("run", "watch", "demo"), "feeds": ("feeds",), "sources": ("feeds", "import"), "seed": ("seed",)},
    "Look": {
        "proposals": ("proposals", "timeline"),
        "rulings": ("proposals",),
        "alerts": ("alerts",),
        "sql": ("sql", "shell"),
        "web": ("serve", "report"),
    },
    "Try texts and topics": {
        "detect": ("detect",),
        "extract": ("extract",),
        "compare": ("dedup", "cluster"),
        "topics": ("topics",),
    },
    "Check and measure": {
        "doctor": ("doctor",),
        "measure": ("trace", "recall", "metrics"),
        "care": ("verify", "redact"),
        "archive": ("archive",),
    },
    "Keep and share": {
        "backup": ("backup", "restore", "retain"),
        "keep": ("export", "rebuild", "recover"),
        "server": ("server",),
        "lake": ("lake",),
        "deploy": ("deploy",),
    },
}
MODULES = {module: commands for modules in PANELS.values() for module, commands in modules.items()}
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


class Given:
    """The options before the command, and which command it is."""

    command: str | None = None
    data: Path | None = None
    config: Path | None = None
    topic: str | None = None

    def settings(self) -> Settings:
        """The settings in force."""
        return load_settings(self.config, data=self.data, topic=self.topic)

    def files(self) -> WarehouseFiles:
        """The warehouse of the settings in force."""
        return WarehouseFiles.of(self.settings())


GIVEN = Given()


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(version("ceasefire-monitor"))
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="Folder of the warehouse (warehouse).")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings file (monitor.toml, if there is one).")] = None,
    topic: Annotated[str | None, typer.Option(help="Name or path of a topic profile.")] = None,
    is_version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options that stand for every command; they may also stand after it."""
    del is_version
    GIVEN.command = context.invoked_subcommand
    GIVEN.data, GIVEN.config, GIVEN.topic = data, config, topic


@contextmanager
def bars() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows how far something is, on standard error and only to a person."""
    if not err.is_terminal:
        yield lambda _what, _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err
    ) as shown:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=total)
            shown.update(tasks[what], completed=done, total=total)

        yield show


def with_commands(arguments: list[str]) -> typer.Typer:
    """The program with the command meant, or with all of them where none is (for help, completion, a mistake).

    A question to the warehouse must not wait for the imports of what reads pages: they take most of two seconds.
    ``arguments`` begin with the options that stand for every command, as ``_globals_first`` leaves them.
    """
    words = iter(arguments)
    command = next((word for word in words if word not in _GLOBAL or not next(words, "")), "")
    own = [module for module, commands in MODULES.items() if command in commands]
    for module in own or MODULES:
        import_module(f".{module}", __package__)
    panels = {name: panel for panel, modules in PANELS.items() for commands in modules.values() for name in commands}
    for one in app.registered_commands:
        one.rich_help_panel = panels[str(one.name or getattr(one.callback, "__name__", ""))]
    for group in app.registered_groups:
        group.rich_help_panel = panels[str(group.name)]
    return app


def _globals_first(arguments: list[str]) -> list[str]:
    """Let ``monitor sql … --data X`` mean ``monitor --data X sql …``."""
    front: list[str] = []
    rest: list[str] = []
    items = iter(arguments)
    for item in items:
        if item == "--":
            rest += [item, *items]
        elif item in _GLOBAL:
            front += [item, *[value for value in [next(items, None)] if value is not None]]
        elif item.startswith(tuple(f"{name}=" for name in _GLOBAL)):
            front.append(item)
        else:
            rest.append(item)
    return front + rest


def main(arguments: list[str] | None = None) -> None:
    """Entry point: every expected error is one message on standard error and its exit code."""
    given = _globals_first(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with_commands(given)(given)
    except MonitorError as error:
        # Not folded: one message is one line to grep for, and DuckDB's mark stays under the place that it means.
        err.print(Text.assemble(("error", "bold red"), f": {error}"), soft_wrap=True)
        sys.exit(error.exit_code)
    except SystemExit as ended:  # typer has made one of everything else
        if isinstance(ended.__context__, BrokenPipeError):
            sys.exit(0)
        if ended.code == _INTERRUPTED:
            _say_interrupted()
        raise
    except RuntimeError as error:
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        _say_interrupted()  # in the middle of a statement: this is how DuckDB passes it on
        sys.exit(_INTERRUPTED)


def _say_interrupted() -> None:
    rest = "the next run takes up where this one stopped" if GIVEN.command in _RUNS else "nothing is left half done"
    err.print(f"interrupted; {rest}")


def _interrupt(number: int, frame: object) -> None:
    del number, frame
    raise KeyboardInterrupt
