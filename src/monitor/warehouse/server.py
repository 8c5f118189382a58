"""SQL for many readers on one host, on the published copy, over DuckDB's Quack protocol: who may come, and the watch over it.

Quack 1.5 has no time limit for a statement and no way to cancel one, and a statement whose client was killed goes on for ever.
So the process that answers (``serving``) is a child: it tells four times a second which statements are at work and what
processor time it has used, and is replaced when one is over its time, when it falls silent or when it takes no requests.
Replacing it ends every session; that is the price, and why the limit is long.
"""

import hashlib
import json
import os
import pwd
import queue
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import MonitorError, WarehouseError
from .files import WarehouseFiles
from .query import read_copy

HOSTS = ("localhost", "127.0.0.1", "[::1]")
_EXTENSIONS = ("quack", "httpfs")  # the second draws session ids, and carries a client's requests
_SHORTEST = 32  # characters of a token
_START = 20.0  # seconds for the child to be ready
_SILENCE = 10.0  # seconds without a word from it
_WINDOW = 3.0  # seconds over which processor time is measured
_WORKING = 0.05  # of one processor: idle it uses a hundredth, and a stuck statement gets little where runs are at work
_PROBE = 2.0  # seconds between two requests of our own
_STOP = 1.0  # seconds for it to end by itself


class ServerError(MonitorError):
    """The server cannot start as asked: tokens, port, user or an extension."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to serve. ``user`` is whom the answering process becomes; it is needed, and possible, only for root."""

    tokens: Path
    host: str = "localhost"
    port: int = 9494
    query_seconds: float = 60
    memory: str = "2GB"
    user: str = ""

    @property
    def address(self) -> str:
        """What stands in a client's ATTACH."""
        return f"quack:{self.host}:{self.port}"


# ---- tokens


def read_tokens(path: Path) -> dict[str, str]:
    """Names and tokens of a TOML file with a line ``name = "token"`` for each user, which nobody else may read.

    Raises ServerError. No message holds anything of a token.
    """
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ServerError("there is no tokens file", subject=str(path), way_out=_WAY_IN) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ServerError(
            "the tokens file cannot be read", subject=str(path), way_out="Mend its rights or name another one."
        ) from error
    if mode & 0o077:
        raise ServerError(f"others may read the tokens (mode {mode:o})", subject=str(path), way_out=f"chmod 600 {path}")
    try:
        tokens = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line \d+", str(error))
        raise ServerError(
            f"is not valid TOML {line[0] if line else ''}".strip(),
            subject=str(path),
            way_out='A line for each user: name = "token". `monitor server token NAME` writes one.',
        ) from None
    for name, token in tokens.items():
        if not isinstance(token, str) or len(token) < _SHORTEST:
            raise ServerError(
                f"the token of {name!r} is not a text of at least {_SHORTEST} characters",
                subject=str(path),
                way_out=f"Take that line out and run `monitor server token {name}`.",
            )
    if not tokens:
        raise ServerError("there is nobody in the tokens file", subject=str(path), way_out=_WAY_IN)
    return tokens


_WAY_IN = "`monitor server token NAME` makes one."


def add_token(path: Path, name: str) -> str:
    """Give a new user a random token, and the file mode 600. Raises ServerError when the user has one."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise ServerError("a user's name has letters, digits, - and _ only", subject=name, way_out="Take another name.")
    known = read_tokens(path) if path.exists() and path.stat().st_size else {}
    if name in known:
        raise ServerError(f"{name!r} has a token", subject=str(path), way_out="Take that line out of the file to give a new one.")
    token = secrets.token_urlsafe(32)
    try:
        text = path.read_text(encoding="utf-8") if known else ""
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
            if text and not text.endswith("\n"):
                file.write("\n")
            file.write(f'{name} = "{token}"\n')
    except OSError as error:
        raise ServerError(
            f"the tokens file cannot be written: {error.strerror}",
            subject=str(path),
            way_out="Mend the rights or name another file with --tokens.",
        ) from error
    return token


# ---- what must be there before it starts


def extension_file(name: str) -> Path:
    """The extension that its package brings, for the installed DuckDB; nothing is copied into the home folder."""
    found = find_spec(f"duckdb_extension_{name}")
    folders = list(found.submodule_search_locations or []) if found else []
    files = [file for folder in folders for file in Path(folder).glob(f"extensions/v{version('duckdb')}/{name}.duckdb_extension")]
    if not files:
        raise ServerError(
            f"DuckDB's extension {name!r} for version {version('duckdb')} is not installed",
            way_out='pip install "ceasefire-monitor[server]"',
        )
    return files[0]


def _ids(user: str) -> tuple[int, int] | None:
    """Whom the answering process becomes. As root it would read any file, had the guard a hole: so it does not run as root."""
    try:
        entry = pwd.getpwnam(user) if user else None
    except KeyError:
        entry = None
    if os.geteuid() != 0:
        if user and (entry is None or entry.pw_uid != os.geteuid()):
            raise ServerError("only root can become somebody else", subject=f"--user {user}", way_out="Leave --user out.")
        return None
    if entry is None or entry.pw_uid == 0:
        problem = "there is no such user, or it is root" if user else "root would serve SQL to others"
        raise ServerError(
            problem,
            subject=f"--user {user}" if user else "",
            way_out="Start it as another user, or with --user NAME: the answering process becomes that user.",
        )
    return entry.pw_uid, entry.pw_gid


def _check_address(options: ServerOptions) -> None:
    if options.host not in HOSTS:
        raise ServerError(
            "serves this machine only: the protocol is not encrypted",
            subject=options.host,
            way_out=f"--host is one of {', '.join(HOSTS)}; for others put a proxy with TLS in front.",
        )
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family) as probe:  # Quack itself would share the port with whoever has it, and get half of the requests
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host.strip("[]"), options.port))
        except OSError as error:
            raise ServerError(
                f"the port cannot be had: {error.strerror}",
                subject=options.address,
                way_out="Stop what listens there, or name another one with --port.",
            ) from error


# ---- the watch


@dataclass(slots=True)
class Watch:
    """Decides from what the child tells, and from when it last answered a request, whether it must be replaced."""

    query_seconds: float
    _cpu: deque[tuple[float, float]] = field(default_factory=deque)
    _answered: float = 0

    def judge(self, now: float, cpu: float, active: dict[str, float]) -> str:
        """Why to replace it, or nothing.

        A statement whose result is not read to the end is at work, too, for Quack. So one over its time counts only while
        processor time is used, be it by others: a client that went away while reading does no harm to an idle server.
        """
        self._cpu.append((now, cpu))
        while now - self._cpu[1][0] >= _WINDOW if len(self._cpu) > 1 else False:
            self._cpu.popleft()
        since, before = self._cpu[0]
        overdue = sum(1 for seconds in active.values() if seconds > self.query_seconds)
        if overdue and now - since >= _WINDOW and cpu - before > (now - since) * _WORKING:
            return f"{overdue} statement{'s' if overdue > 1 else ''} ran for more than {self.query_seconds:g} s"
        return ""

    def answered(self, now: float, *, is_answer: bool) -> str:
        """Why to replace it, or nothing, after a request of our own.

        A request holds a thread of the server until it is answered, and all of them may be at work on statements within
        their time: so a request may have to wait as long as a statement may take.
        """
        if is_answer or not self._answered:
            self._answered = now
        patience = self.query_seconds + _SILENCE
        return f"no request was answered for {patience:g} s" if now - self._answered > patience else ""


def _answers(options: ServerOptions) -> bool:
    """Does anybody speak HTTP there? Any answer will do."""
    try:
        with socket.create_connection((options.host.strip("[]"), options.port), timeout=1) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return bool(connection.recv(1))
    except OSError:
        return False


class _Child:
    """The process that answers."""

    def __init__(self, order: dict[str, Any]) -> None:
        # -P: a folder named monitor where the server is started must not stand for the package
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-m", f"{__package__}.serving"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._told: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.order(order)

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        for line in self._process.stdout:
            self._told.put(json.loads(line))
        self._told.put(None)

    def order(self, order: dict[str, Any]) -> None:
        """Send what it needs to know. Through the pipe: arguments and environment can be read by others."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        with suppress(OSError):  # that it has ended shows when it is listened to
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()

    def told(self, patience: float) -> dict[str, Any]:
        """The next thing that it tells; an end or silence is one, too."""
        try:
            told = self._told.get(timeout=patience)
        except queue.Empty:
            return {"over": f"it said nothing for {patience:g} s"}
        return {"over": "it ended by itself"} if told is None else told

    def stop(self) -> None:
        """End it: asked by closing the pipe, then by force."""
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_STOP)
        if self._process.stdout is not None:
            self._process.stdout.close()


@dataclass(slots=True)
class _Tokens:
    """The tokens file, read again when it changes."""

    path: Path
    tokens: dict[str, str]
    _seen: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self._seen = self._state()

    def _state(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError:
            return (0, 0)
        return found.st_ino, found.st_mtime_ns

    @property
    def digests(self) -> list[str]:
        return sorted(hashlib.sha256(token.encode()).hexdigest() for token in self.tokens.values())

    def changed(self, say: Callable[[str], None]) -> set[str] | None:
        """Names whose token is gone or another one now; None when nothing is new."""
        state = self._state()
        if state == self._seen:
            return None
        self._seen = state
        try:
            found = read_tokens(self.path)
        except ServerError as error:
            say(f"the tokens stay as they were: {error}")
            return None
        gone = {name for name, token in self.tokens.items() if found.get(name) != token}
        self.tokens = found
        say(f"tokens of {len(found)} users")
        return gone


def serve(files: WarehouseFiles, options: ServerOptions, say: Callable[[str], None]) -> None:
    """Serve until interrupted; ``say`` is told what happens. Raises ServerError or WarehouseError when it cannot start."""
    extensions = {name: str(extension_file(name)) for name in _EXTENSIONS}
    tokens = _Tokens(options.tokens, read_tokens(options.tokens))
    user = _ids(options.user)
    _check_address(options)
    with read_copy(files):
        pass  # a missing copy is said here, with the way out
    try:
        while True:
            child = _Child(
                {
                    **extensions,
                    "copy": str(files.copy.resolve()),
                    "user": user,
                    "memory": options.memory,
                    "address": options.address,
                    "digests": tokens.digests,
                }
            )
            try:
                _await_ready(child, files, say)
                say(f"{files.copy} is served at {options.address} to {len(tokens.tokens)} users")
                reason = _watch(child, options, tokens, say)
            finally:
                child.stop()
            say(f"{reason}: it was started anew, sessions must ATTACH again")
    except KeyboardInterrupt:
        say("stopped")


def _await_ready(child: _Child, files: WarehouseFiles, say: Callable[[str], None]) -> None:
    while "news" in (told := child.told(_START)):
        say(told["news"])
    if not told.get("ready"):
        raise WarehouseError(
            f"cannot be served: {told.get('failed') or told.get('over')}",
            subject=str(files.copy),
            way_out="The user who serves must be able to read the copy; --memory is a size such as 2GB.",
        )


def _watch(child: _Child, options: ServerOptions, tokens: _Tokens, say: Callable[[str], None]) -> str:
    """Look after the child until it must be replaced; give the reason."""
    watch = Watch(options.query_seconds)
    probed = 0.0
    while True:
        told = child.told(_SILENCE)
        now = time.monotonic()
        if "over" in told:
            return str(told["over"])
        if "news" in told:
            say(str(told["news"]))
            continue
        reason = watch.judge(now, told["cpu"], told["active"])
        if not reason and now - probed > _PROBE:
            probed = now
            reason = watch.answered(now, is_answer=_answers(options))
        if reason:
            return reason
        gone = tokens.changed(say)
        if gone:
            return f"the token of {', '.join(sorted(gone))} was taken away"
        if gone is not None:
            child.order({"digests": tokens.digests})
