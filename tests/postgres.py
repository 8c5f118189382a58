"""Test support, no tests: a PostgreSQL of our own on a free port, from the system's binaries, thrown away at the end.

PostgreSQL refuses to run as root, so root starts it as the user that its Debian package makes, or as nobody.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@functools.cache
def why_not() -> str:
    """Why there can be no PostgreSQL here; empty when there can."""
    if shutil.which("initdb") is None and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return "no PostgreSQL on this machine: apt install postgresql"
    if os.getuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL does not run as root, and there is no runuser"
    return ""


def _binary(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else str(shutil.which(name))


def _user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(*command: str) -> None:
    started = [*(["runuser", "-u", _user(), "--"] if os.getuid() == 0 else []), *command]
    done = subprocess.run(started, cwd="/", capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.strip()}")


@dataclass(frozen=True)
class Postgres:
    """A running server. Each ``database`` is new."""

    port: int
    folder: Path

    def database(self, name: str) -> str:
        """Make a database and give its address, as libpq has it."""
        _run(_binary("createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "monitor", name)
        return f"host=127.0.0.1 port={self.port} user=monitor dbname={name}"

    def database_of_prefect(self) -> dict[str, str]:
        """Make a database for Prefect's server and give the setting that names it."""
        words = dict(word.split("=") for word in self.database(f"prefect_{uuid.uuid4().hex}").split())
        return {"PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://{user}@{host}:{port}/{dbname}".format_map(words)}

    def stop(self) -> None:
        """At once, as a power cut would."""
        _run(_binary("pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """On the same port and data as before."""
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1 -c max_connections=200"
        log = str(self.folder / "log")
        _run(_binary("pg_ctl"), "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="monitor-postgres-", ignore_cleanup_errors=True) as name, socket.socket() as probe:
        folder = Path(name)
        if os.getuid() == 0:
            shutil.chown(folder, _user())
        _run(
            _binary("initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "monitor", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        probe.bind(("127.0.0.1", 0))
        server = Postgres(probe.getsockname()[1], folder)
        probe.close()
        server.start()
        try:
            yield server
        finally:
            _run(_binary("pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
