"""The commands of the pages: serve, report."""

import re
import secrets
import socket
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingsError
from ..pipeline.shared import load_pipeline
from .app import GIVEN, app
from .show import console, err

_MISSING = SettingsError("the pages are not installed", way_out='pip install "ceasefire-monitor[web]"')


@app.command(epilog="Example: [bold]monitor serve[/bold]   (then open the address that it prints; Ctrl-C stops it)")
def serve(
    host: Annotated[
        str, typer.Option(help="Address to bind to; any but this machine's own asks readers for a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    token: Annotated[
        str, typer.Option(envvar="MONITOR_WEB_TOKEN", help="Token to ask for; made up where it is needed and not given.")
    ] = "",
) -> None:
    """Serve the pages over the published copy: proposals, positions, timeline, trends, articles, feeds, SQL.

    Runs are never in the way of readers, nor readers of runs.
    """
    try:
        import uvicorn

        from ..web import WebOptions, create_app
        from ..web.access import is_loopback
    except ImportError as error:
        raise _MISSING from error
    pipeline = load_pipeline(GIVEN.settings())
    is_open = not is_loopback(host)
    token = token or (secrets.token_urlsafe(24) if is_open else "")
    options = WebOptions(
        pipeline.files,
        pipeline.profile.topic.name,
        parties=pipeline.profile.party_names,
        token=token,
        profile=pipeline.profile,
        archive=pipeline.archive.root,
        atom=_below(pipeline.settings.data, pipeline.settings.alerts.atom),
        json_feed=_below(pipeline.settings.data, pipeline.settings.alerts.json_feed),
    )
    listening = _listening(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    err.print(f"{address}{f'?token={token}' if token else ''}", markup=False, soft_wrap=True)
    if is_open:
        err.print("Not encrypted: put a proxy with TLS in front where others can listen.", markup=False)
    config = uvicorn.Config(create_app(options), log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; bound before anything else is done, so that a port that is taken is said at once."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SettingsError(
            f"cannot listen there: {(error.strerror or str(error)).lower()}",
            subject=f"{host}:{port}",
            way_out="--port names another port, --host another address of this machine.",
        ) from error


def _below(data: Path, file: Path | None) -> Path | None:
    return data / file if file is not None else None


@app.command(
    epilog="Example: [bold]monitor report --since 7d briefing.html[/bold]   (or briefing.pdf, where a browser is installed)"
)
def report(
    target: Annotated[Path, typer.Argument(help="File to write: .html or .pdf.")] = Path("briefing.html"),
    since: Annotated[str, typer.Option(help="How far back: 7d, 4w.")] = "7d",
) -> None:
    """Write a briefing into one self-contained file: what is on the table, what changed, who said what, with its sources."""
    try:
        from ..web import write_briefing
    except ImportError as error:
        raise _MISSING from error
    found = re.fullmatch(r"(\d{1,4})([dw])", since)
    if not found:
        raise SettingsError(f"{since!r} is no span of time", subject="--since", way_out="A number and d or w: 7d, 4w.")
    if target.suffix.lower() not in (".html", ".htm", ".pdf"):
        raise SettingsError("a briefing is HTML or PDF", subject=str(target), way_out="Name a file that ends in .html or .pdf.")
    pipeline = load_pipeline(GIVEN.settings())
    write_briefing(
        pipeline.files,
        target,
        topic=pipeline.profile.topic.name,
        parties=pipeline.profile.party_names,
        days=int(found[1]) * (7 if found[2] == "w" else 1),
    )
    console.print(str(target), markup=False, soft_wrap=True)
