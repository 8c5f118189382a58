"""A virtual environment for each peer, since their pins conflict with ours and with each other's.

Packages come by name and version from ``requirements/<peer>.txt`` through pip and its own settings. An environment that was made from the
same file is used again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements"
_MINUTES = 15


class NotInstalledError(Exception):
    """The peer could not be installed; says why."""


def environment(peer: str, cache: Path) -> Path:
    """The Python of the peer's environment, which is made if need be. Raises NotInstalledError."""
    wanted = (REQUIREMENTS / f"{peer}.txt").read_text(encoding="utf-8")
    folder = cache / peer
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / "installed.txt"
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return python
    venv.create(folder, with_pip=True, clear=True)
    given = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        str(REQUIREMENTS / f"{peer}.txt"),
    ]
    try:
        ran = subprocess.run(given, capture_output=True, text=True, timeout=60 * _MINUTES, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError(f"pip did not end within {_MINUTES} minutes") from error
    if ran.returncode:
        errors = [line for line in ran.stderr.splitlines() if line.startswith("ERROR")]
        raise NotInstalledError((errors or ran.stderr.splitlines() or ["pip failed"])[-1][:200])
    done.write_text(wanted, encoding="utf-8")
    return python


def here() -> Path:
    """The Python that runs the benchmark: the monitor's own."""
    return Path(sys.executable)
