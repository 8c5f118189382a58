"""A POST of each message as a CloudEvent, signed, with a key by which the receiver can tell a repeat."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from ..alerts import Message
from .base import Refusal

_BUSY = (408, 425, 429)  # client errors that say "later"; all others say "never like this"


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """CloudEvents 1.0 in structured JSON mode, signed as the Standard Webhooks specification has it where there is a secret."""

    url: str
    timeout_seconds: float
    secret: str = ""
    name: str = "webhook"
    is_idempotent: bool = True
    is_record: bool = False

    async def send(self, message: Message) -> Refusal | None:
        """Send the message; anything but a 2xx answer is a reason."""
        body = json.dumps(cloud_event(message), ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/cloudevents+json; charset=utf-8", "Idempotency-Key": message.message_id}
        if self.secret:
            sent_at = int(time.time())  # the receiver compares it with its own clock
            headers |= {
                "webhook-id": message.message_id,
                "webhook-timestamp": str(sent_at),
                "webhook-signature": signature(self.secret, message.message_id, sent_at, body),
            }
        timeout = aiohttp.ClientTimeout(total=self.timeout_seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                if 200 <= answer.status < 300:
                    return None
                return Refusal(f"HTTP {answer.status}", is_transient=answer.status >= 500 or answer.status in _BUSY)
        except TimeoutError:
            return Refusal("timeout", is_transient=True, is_uncertain=True)
        except aiohttp.ClientConnectorError as error:
            return Refusal(type(error).__name__, is_transient=True)  # the message would name the address
        except (aiohttp.ClientError, ValueError, OSError) as error:
            is_lost = isinstance(error, aiohttp.ClientConnectionError | OSError)
            return Refusal(type(error).__name__, is_transient=is_lost, is_uncertain=is_lost)


def cloud_event(message: Message) -> dict[str, Any]:
    """The message as a CloudEvent: ``id`` is the same for every try."""
    return {
        "specversion": "1.0",
        "id": message.message_id,
        "source": "urn:ceasefire-monitor",
        "type": f"ceasefire-monitor.{message.type}",
        "subject": message.about,
        "time": message.at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": message.data,
    }


def signature(secret: str, message_id: str, sent_at: int, body: bytes) -> str:
    """``v1,`` and the base64 HMAC-SHA256 of ``id.timestamp.body``, as Standard Webhooks has it.

    A secret of that form is ``whsec_`` and base64; any other is taken as its UTF-8 bytes.
    """
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    digest = hmac.new(key, f"{message_id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
