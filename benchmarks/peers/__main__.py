"""The monitor, the script that one would write instead, and other programs, over the same feeds and pages in one run.

    .venv/bin/python -m benchmarks.peers --pages 3000 [--environments FOLDER] [--out docs/benchmarks.md] [--json FILE] [--only PEER]

Run from the project's folder, with its extra `bench`. Peers are installed into virtual environments of their own. Real pages are used
where ../shared/data/pages-dev lies beside the project. Without --out the page is printed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from ..machine import processor
from .environments import NotInstalledError, environment, here
from .material import REAL
from .measuring import PeerFailedError, measure
from .newsstand import Edition, publish
from .peers import MONITOR, PEERS, Peer
from .report import document
from .scoring import score


def main() -> int:
    asked = _asked()
    real = asked.material == "real" or (asked.material == "any" and REAL.is_dir())
    load = [round(os.getloadavg()[0], 1)]
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        environments = asked.environments or folder / "environments"
        absent: dict[str, str] = {}
        pythons = {}
        for peer in (peer for peer in PEERS if peer.key in (asked.only or [each.key for each in PEERS])):
            try:
                pythons[peer.key] = _python(peer, environments, asked.here)
            except NotInstalledError as error:
                absent[peer.name] = str(error)
                print(f"{peer.name}: not installed: {error}", file=sys.stderr, flush=True)
        print(f"{asked.pages} pages are made", file=sys.stderr, flush=True)
        edition = publish(folder / "pages", asked.pages, real=real)
        rows = [_row(peer, pythons[peer.key], edition, folder / peer.key, asked) for peer in PEERS if peer.key in pythons]
    results = {
        "command": _command(asked.pages, asked.only, out=asked.out),
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        "machine": _machine(),
        "load": [*load, round(os.getloadavg()[0], 1)],
        "pages": "real" if real else "invented",
        "entries": len(edition.entries),
        "outlets": len(edition.windows),
        "pairs": sum(entry.copy_of is not None for entry in edition.entries),
        "scored": len(edition.gold),
        "peers": rows,
        "absent": absent,
    }
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if asked.out:
        asked.out.write_text(document(results), encoding="utf-8")
    else:
        print(document(results))
    return 1 if any("failed" in row for row in rows) else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="Measure the monitor beside its peers.")
    parser.add_argument("--pages", type=int, default=3000, help="entries that are published, copies among them")
    parser.add_argument("--environments", type=Path, help="folder that keeps the peers' environments; a temporary one without it")
    parser.add_argument("--here", action="store_true", help="run the plain script with this Python instead of one of its own")
    parser.add_argument("--only", action="append", choices=[peer.key for peer in PEERS], help="this peer; may be given again")
    parser.add_argument(
        "--material", choices=("any", "real", "invented"), default="any", help="which pages; any: real if there are"
    )
    parser.add_argument("--out", type=Path, help="write the page here")
    parser.add_argument("--json", type=Path, help="write the results here")
    asked = parser.parse_args()
    if asked.pages < 30:
        parser.error("fewer than 30 pages show nothing")
    return asked


def _python(peer: Peer, environments: Path, is_here: bool) -> Path:
    if peer.key == MONITOR or (is_here and peer.key == "plain"):
        return here()
    print(f"{peer.name} is installed", file=sys.stderr, flush=True)
    return environment(peer.key, environments)


def _row(peer: Peer, python: Path, edition: Edition, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """One line of the table."""
    print(f"{peer.name} reads", file=sys.stderr, flush=True)
    about = {"key": peer.key, "name": peer.name, "version": _version(python, peer.package), "cannot": peer.cannot,
             "is_for_pages": peer.is_for_pages, "command": _command(asked.pages, [peer.key])}  # fmt: skip
    first = dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        measured = measure(python, peer.adapter, edition, folder, first)
    except PeerFailedError as error:
        return about | {"failed": str(error)}
    scored = score(edition.entries, edition.gold, measured.recorded)
    read = scored.entries - scored.lost
    return about | {
        "pages_a_second": round(read / measured.wall, 2),
        "cpu_a_page": round(measured.cpu / max(1, read), 5),
        "memory_mb": round(measured.memory),
        "score": asdict(scored),
    }


def _version(python: Path, package: str) -> str:
    asked = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    ran = subprocess.run([str(python), "-c", asked, package], capture_output=True, text=True, check=False)
    return f"{package} {ran.stdout.strip()}"


def _command(pages: int, only: list[str] | None, out: Path | None = None) -> str:
    parts = [f".venv/bin/python -m benchmarks.peers --pages {pages}", *(f"--only {key}" for key in only or [])]
    return " ".join([*parts, f"--out {out.as_posix()}" if out and not out.is_absolute() else ""]).strip()


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "processor": processor(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.system(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    sys.exit(main())
