"""What all channels have in common."""

from dataclasses import dataclass
from typing import Protocol

from ..alerts import Message


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a channel has not taken a message. Never with an address or what a server said, which may hold a secret.

    ``is_transient``: the channel is busy or away, so that other messages need not be tried now. ``is_uncertain``: the message
    went out and no answer came back; it may have arrived.
    """

    reason: str
    is_transient: bool = False
    is_uncertain: bool = False


class Channel(Protocol):
    """Takes messages. ``name`` is what events call it: never an address, which may hold a secret."""

    @property
    def name(self) -> str:
        """Name of the channel in events."""
        ...

    @property
    def is_idempotent(self) -> bool:
        """Whether its receiver can tell a repeat by the message's key."""
        ...

    @property
    def is_record(self) -> bool:
        """Whether it is a record of alerts, which holds each by itself, and no message to somebody."""
        ...

    async def send(self, message: Message) -> Refusal | None:
        """Send one message; None when it was taken, else the reason why not."""
        ...
