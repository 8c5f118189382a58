"""The commands that write what a server needs to run this installation: deploy units, deploy containers."""

import getpass
import json
import sys
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from ..errors import SettingsError
from .app import GIVEN, app
from .show import console

deploy_app = typer.Typer(no_args_is_help=True, help="Write systemd units or a container file for this installation.")
app.add_typer(deploy_app, name="deploy")
_CONTAINERS = ("Containerfile", "Containerfile.dockerignore", "compose.yaml")


@deploy_app.command(
    "units", epilog="Example: [bold]monitor deploy units /etc/systemd/system --user monitor --folder /srv/monitor[/bold]"
)
def units(
    target: Annotated[Path, typer.Argument(help="Folder for the units.")],
    folder: Annotated[Path, typer.Option(help="Working folder: monitor.toml, monitor.env, prefect.yaml.")] = Path(),
    user: Annotated[str, typer.Option(help="Whom the units run as; yourself without it.")] = "",
) -> None:
    """Write systemd units that start this installation's programs; and prefect.yaml and monitor.env into the working folder."""
    here = folder.resolve()
    settings = GIVEN.settings()
    config = GIVEN.config.resolve() if GIVEN.config else None
    data = str((here / settings.data).resolve())
    given = {"config": config, "data": GIVEN.data.resolve() if GIVEN.data else None, "topic": GIVEN.topic}
    where = {name: str(value) for name, value in given.items() if value is not None}
    options = "".join(f" --{name} {_word(value)}" for name, value in where.items())
    values = {
        "python": _word(sys.executable),
        "monitor": f"{_word(str(Path(sys.executable).with_name('monitor')))}{options}",
        "folder": _plain(str(here)),
        "place": str(here),
        "data": _plain(data),
        "user": user or getpass.getuser(),
        "parameters": json.dumps(where),
        "maintenance": json.dumps(where | {"backups": str(here / "backups")}),
    }
    target.mkdir(parents=True, exist_ok=True)
    for shipped in sorted(_shipped().iterdir(), key=lambda path: path.name):
        if shipped.name.endswith((".service", ".timer")):
            _write(target / shipped.name, shipped.read_text(encoding="utf-8"), values)
    for name, mode in (("prefect.yaml", 0o644), ("monitor.env", 0o600)):
        if (here / name).exists():
            console.print(f"{here / name} is yours and stays as it is", markup=False, soft_wrap=True)
        else:
            _write(here / name, (_shipped() / name).read_text(encoding="utf-8"), values, mode)


@deploy_app.command("containers", epilog="Example: [bold]monitor deploy containers deploy --source .[/bold]")
def containers(
    target: Annotated[Path, typer.Argument(help="Folder for the container file and compose.yaml.")],
    source: Annotated[Path, typer.Option(help="A checkout of this program, which the image is built from.")] = Path(),
) -> None:
    """Write a container file, and a compose file for Prefect's database and server, a worker and the pages."""
    if not (source / "prefect.yaml").is_file():
        raise SettingsError("is no checkout of this program", subject=str(source), way_out="Name one with --source.")
    target.mkdir(parents=True, exist_ok=True)
    values = {"source": str(source.resolve()), "containerfile": str((target / "Containerfile").resolve())}
    for name in _CONTAINERS:
        text = (_shipped() / name).read_text(encoding="utf-8")
        if name == "compose.yaml":
            _write(target / name, text, values)
        else:
            (target / name).write_text(text, encoding="utf-8")
            console.print(str(target / name), markup=False, soft_wrap=True)


def _shipped() -> Path:
    return Path(str(files("monitor"))) / "deploy"


def _write(path: Path, template: str, values: dict[str, str], mode: int = 0o644) -> None:
    path.write_text(Template(template).substitute(values), encoding="utf-8")
    path.chmod(mode)
    console.print(str(path), markup=False, soft_wrap=True)


def _word(text: str) -> str:
    """One word of a command line of systemd's (systemd.syntax(7))."""
    return f'"{_plain(text)}"' if " " in text else _plain(text)


def _plain(text: str) -> str:
    """A path as systemd's settings take it; those that would need more than ``%%`` are refused."""
    if any(character in text for character in "\"'\\$\n\t"):
        raise SettingsError(
            "has a quote, a backslash, a dollar sign or a line break in its name",
            subject=text,
            way_out="Give the folder another name.",
        )
    return text.replace("%", "%%")
