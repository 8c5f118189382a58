"""Channels: where alerts go. Each says whether its receiver can tell a repeat; a failure is a reason, never an exception."""

from pathlib import Path

from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt, wait_exponential_jitter

from ..alerts import Message
from ..settings import AlertSettings
from .base import Channel, Refusal
from .local import FEED, ConsoleChannel, FeedChannel, FileChannel
from .webhook import WebhookChannel, signature


def channels(settings: AlertSettings, data: Path) -> list[Channel]:
    """The channels that the settings turn on. Raises SettingsError for a service's address that cannot be read."""
    wanted: list[Channel] = []
    if settings.console:
        wanted.append(ConsoleChannel())
    if settings.file is not None:
        wanted.append(FileChannel(data / settings.file))
    if settings.atom is not None or settings.json_feed is not None:
        atom, feed = (data / path if path else None for path in (settings.atom, settings.json_feed))
        wanted.append(FeedChannel(atom, feed))
    if settings.webhook is not None:
        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
        wanted.append(WebhookChannel(settings.webhook.get_secret_value(), settings.timeout_seconds, secret))
    if settings.channels:
        from .services import service  # a second of imports, for those who use one

        wanted += [service(name, url.get_secret_value(), settings.timeout_seconds) for name, url in settings.channels.items()]
    return wanted


async def send(channel: Channel, message: Message, *, tries: int, pause_seconds: float) -> Refusal | None:
    """Send a message, again after a growing pause while the channel says that it is only busy or away.

    A try that may have arrived is not repeated here unless the receiver can tell: a second copy is marked as one, and that is
    for the next claim to do.
    """
    retrying = AsyncRetrying(
        stop=stop_after_attempt(tries),
        wait=wait_exponential_jitter(multiplier=pause_seconds, max=10, jitter=pause_seconds),
        retry=retry_if_result(
            lambda refusal: refusal is not None and refusal.is_transient and (channel.is_idempotent or not refusal.is_uncertain)
        ),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    refusal: Refusal | None = await retrying(channel.send, message)
    return refusal


__all__ = [
    "FEED",
    "Channel",
    "ConsoleChannel",
    "FeedChannel",
    "FileChannel",
    "Refusal",
    "WebhookChannel",
    "channels",
    "send",
    "signature",
]
