"""Test support, no tests: a real server of the S3 protocol on a free port of this machine (rclone's, over a folder)."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from command import until

KEY_ID, SECRET = "desk", "only-for-tests"


def program() -> str | None:
    """Where rclone is: beside this Python, or on the path."""
    beside = Path(sys.executable).with_name("rclone")
    return str(beside) if beside.is_file() else shutil.which("rclone")


@dataclass(frozen=True, slots=True)
class S3:
    """Host and port; buckets are the folders below ``folder``."""

    endpoint: str
    folder: Path


@contextmanager
def s3_server(folder: Path) -> Iterator[S3]:
    """Serve a folder's folders as buckets, to whoever has the keys."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"127.0.0.1:{free.getsockname()[1]}"
    command = [str(program()), "serve", "s3", str(folder), "--addr", endpoint, "--auth-key", f"{KEY_ID},{SECRET}",
               "--vfs-cache-mode", "off", "--config", "", "--no-cleanup"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: _answers(endpoint) or process.poll() is not None)
            assert process.poll() is None, "rclone did not start"
            yield S3(endpoint, folder)
        finally:
            process.kill()


def _answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(f"http://{endpoint}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True  # nobody without keys
    except OSError:
        return False
    return True
