"""The commands of the server: server, server token."""

from pathlib import Path
from typing import Annotated

import typer

from ..warehouse.server import ServerOptions, add_token, serve
from .app import GIVEN, app
from .show import console, err

server_app = typer.Typer(
    invoke_without_command=True,
    help="Serve the published copy to many readers on this machine, as SQL over DuckDB's Quack protocol.",
    epilog="Example: [bold]monitor server --port 9494[/bold]   (stop it with Ctrl-C or SIGTERM)",
)
app.add_typer(server_app, name="server")
Tokens = Annotated[Path, typer.Option(help='File with a line name = "token" for each user, mode 600.')]
_TOKENS = Path("monitor-tokens.toml")


def _say(line: str) -> None:
    err.print(line, markup=False, soft_wrap=True)


@server_app.callback()
def server(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="A name of this machine; others are refused.")] = "localhost",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 9494,
    tokens: Tokens = _TOKENS,
    query_seconds: Annotated[float, typer.Option(help="Most time for a statement, reading it included.", min=1)] = 60,
    memory: Annotated[str, typer.Option(help="Most memory for all queries together.")] = "2GB",
    user: Annotated[str, typer.Option(help="Whom to become, when started by root.")] = "",
) -> None:
    """Serve until stopped. Each new copy is shown to the sessions that are open; runs are never in the way."""
    if context.invoked_subcommand is None:
        options = ServerOptions(tokens, host=host, port=port, query_seconds=query_seconds, memory=memory, user=user)
        serve(GIVEN.files(), options, _say)


@server_app.command("token", epilog="Example: [bold]monitor server token ana[/bold]")
def server_token(name: Annotated[str, typer.Argument(help="A name for the new user.")], tokens: Tokens = _TOKENS) -> None:
    """Give a user a token and print, once, the statement that opens a session with it."""
    token = add_token(tokens, name)
    address = ServerOptions(tokens).address
    console.print(f"ATTACH '{address}' AS monitor (TOKEN '{token}');", markup=False, soft_wrap=True)
    err.print(f"for {name}; it is not shown again. A server that runs takes the file's change up by itself.", markup=False)
