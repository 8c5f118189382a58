"""The commands that work: run, watch, demo, seed."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from ..corpus import read_documents
from ..errors import MonitorError
from ..pipeline import import_documents, load_pipeline, run_cycle
from ..settings import Settings, load_settings
from ..warehouse import WarehouseFiles
from .show import console, err, print_json, summary

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=True,
    help="Follow negotiations in the news: which proposals exist, who says so, and where.",
)
seed_app = typer.Typer(no_args_is_help=True, help="The seed corpus: documents that every article is compared with.")
app.add_typer(seed_app, name="seed")
feeds_app = typer.Typer(
    invoke_without_command=True,
    help="Every feed and how it does; feeds are added, moved, imported and exported here.",
    epilog="Example: [bold]monitor feeds[/bold]",
)
app.add_typer(feeds_app, name="feeds")

_INTERRUPTED = 130
_RUNS = ("run", "watch", "demo")
_GLOBAL = ("--data", "--config", "--topic")
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
    with Progress(
        TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err
    ) as shown:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=total)
            shown.update(tasks[what], completed=done, total=total)

        yield show


@app.command(epilog="Example: [bold]monitor run[/bold]   (from cron, every ten minutes)")
def run(as_json: Json = False) -> None:
    """Do one run: poll what is due, fetch, extract, judge, read, resolve, alert, publish. Without Prefect."""
    pipeline = load_pipeline(GIVEN.settings())
    with bars() as pipeline.progress:
        counts = asyncio.run(run_cycle(pipeline))
    if as_json:
        print_json({"run_id": pipeline.run_id, "counts": dict(counts)})
    else:
        summary(counts)


@app.command(epilog="Example: [bold]monitor watch --every 600[/bold]   (stop it with Ctrl-C or SIGTERM)")
def watch(every: Annotated[int, typer.Option(help="Seconds between the starts of two runs.", min=10)] = 600) -> None:
    """Run on schedule in this one process, each run a Prefect flow run; no server is needed."""
    load_pipeline(GIVEN.settings())  # what is wrong with settings, profile or feeds shows now, not in ten minutes
    watching = entry_points(group="monitor.flows")["watch"].load()
    asyncio.run(watching(every=every, config=_text(GIVEN.config), data=_text(GIVEN.data), topic=GIVEN.topic))


def _text(path: Path | None) -> str | None:
    return str(path) if path is not None else None


@app.command(epilog="Example: [bold]monitor demo[/bold]   (about half a minute; everything in it is fictional)")
def demo(
    as_json: Json = False,
    without_prefect: Annotated[bool, typer.Option("--without-prefect", help="Call the pipeline itself.")] = False,
) -> None:
    """Run the real flow four times against a newsroom on this machine, and show what came of it."""
    from .demo import run_demo

    result = run_demo(GIVEN.settings().data / "demo", with_prefect=not without_prefect, quiet=as_json)
    if as_json:
        print_json(result)


@seed_app.command("import", epilog="Example: [bold]monitor seed import seeds/*.txt[/bold]")
def seed_import(
    paths: Annotated[list[Path], typer.Argument(help="Text, HTML or JSONL files.")],
    language: Annotated[str, typer.Option(help="Language where a file does not say.")] = "en",
) -> None:
    """Put documents into the seed corpus; later articles are compared with them for ever."""
    documents = [document for path in paths for document in read_documents(path, language=language)]
    appended = import_documents(load_pipeline(GIVEN.settings()), documents)
    console.print(f"{len(appended.new)} imported, {appended.known} known already")


@seed_app.command("describe", epilog="Example: [bold]monitor seed describe seeds/*.txt > topic.seeds.jsonl[/bold]")
def seed_describe(
    paths: Annotated[list[Path], typer.Argument(help="Text, HTML or JSONL files.")],
    language: Annotated[str, typer.Option(help="Language where a file does not say.")] = "en",
) -> None:
    """Print the facts of documents (hashes, length, sampled shingles) without their text, to ship with a profile."""
    for path in paths:
        for document in read_documents(path, language=language):
            typer.echo(document.facts.model_dump_json())


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
    from . import (  # noqa: F401 - registers their commands
        alerts,
        archive,
        backup,
        care,
        compare,
        deploy,
        detect,
        doctor,
        extract,
        feeds,
        keep,
        lake,
        measure,
        proposals,
        read,
        rulings,
        server,
        sources,
        web,
    )

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app(_globals_first(sys.argv[1:] if arguments is None else arguments))
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
