"""Channels: where an alert goes. Each says whether it can tell a repeat; what goes wrong is a reason, never an exception."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp
from rich.console import Console

from .alerts import message
from .events import AlertRaised
from .settings import AlertSettings


class Channel(Protocol):
    """Takes alerts. ``name`` is what events call it: never an address, which may hold a secret."""

    @property
    def name(self) -> str:
        """Name of the channel in events."""
        ...

    async def send(self, alert: AlertRaised) -> str | None:
        """Send one alert; None when it was taken, else the reason why not."""
        ...


@dataclass(frozen=True, slots=True)
class ConsoleChannel:
    """Standard error, for a person: standard output stays clean for programs."""

    name: str = "console"

    async def send(self, alert: AlertRaised) -> str | None:
        """Print the alert's text."""
        try:
            Console(stderr=True, soft_wrap=True, highlight=False, emoji=False).print(message(alert), markup=False)
        except OSError as error:
            return f"console: {error.strerror}"
        return None


@dataclass(frozen=True, slots=True)
class FileChannel:
    """One JSON object a line. An alert already in the file is not written again, so a crash cannot double it."""

    path: Path
    name: str = "file"

    async def send(self, alert: AlertRaised) -> str | None:
        """Append the alert unless its id stands there."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+", encoding="utf-8", errors="replace") as file:
                file.seek(0)
                lines = file.read()
                if alert.alert_id in {_id_of(line) for line in lines.splitlines()}:
                    return None
                torn = bool(lines) and not lines.endswith("\n")  # a crash in the middle of a line: end it, write anew
                file.write(("\n" if torn else "") + json.dumps(as_json(alert), ensure_ascii=False) + "\n")
        except OSError as error:
            return f"file: {error.strerror}"
        return None


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """POST of the alert as JSON with its id as ``Idempotency-Key``, so that the receiver can tell a repeat."""

    url: str
    timeout_seconds: float
    name: str = "webhook"

    async def send(self, alert: AlertRaised) -> str | None:
        """Send the alert; anything but a 2xx answer is a reason."""
        timeout = aiohttp.ClientTimeout(total=self.timeout_seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self.url, json=as_json(alert), headers={"Idempotency-Key": alert.alert_id}, allow_redirects=False
                ) as answer,
            ):
                return None if 200 <= answer.status < 300 else f"HTTP {answer.status}"
        except TimeoutError:
            return "timeout"
        except (aiohttp.ClientError, ValueError, OSError) as error:
            return type(error).__name__  # the message would name the address


def as_json(alert: AlertRaised) -> dict[str, object]:
    """The alert as programs receive it: its fields and the text for people."""
    return {"id": alert.alert_id, "type": f"alert.{alert.kind}", "text": message(alert), **alert.model_dump(mode="json")}


def channels(settings: AlertSettings, data: Path) -> list[Channel]:
    """The channels that the settings turn on."""
    wanted: list[Channel] = []
    if settings.console:
        wanted.append(ConsoleChannel())
    if settings.file is not None:
        wanted.append(FileChannel(data / settings.file))
    if settings.webhook is not None:
        wanted.append(WebhookChannel(settings.webhook.get_secret_value(), settings.timeout_seconds))
    return wanted


def _id_of(line: str) -> str | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value.get("id") if isinstance(value, dict) else None
