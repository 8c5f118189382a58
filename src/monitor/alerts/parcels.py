"""What goes out together: single alerts, or one digest where a channel would otherwise get a flood."""

from collections.abc import Sequence

from ..ids import subject_id
from .rules import Decision, Parcel, Waiting


def message_id(waiting: Waiting) -> str:
    """The key of an alert sent by itself: its id, and the round where it is sent once more on purpose."""
    return waiting.alert.alert_id + (f"-{waiting.round}" if waiting.round > 1 else "")


def digest_id(channel: str, items: Sequence[Waiting]) -> str:
    """The key of a digest: the same alerts in the same rounds always give the same."""
    return subject_id("digest", channel, *sorted(message_id(item) for item in items))


def pack(channel: str, decided: Sequence[tuple[Waiting, Decision]], *, most: int) -> list[Parcel]:
    """The messages for one channel, out of the decisions to send.

    What a dead process was sending goes out as it was, with the same key. Of the rest, more than ``most`` at once, or several
    after the channel was down, become one digest: after an outage nobody wants each by itself.
    """
    unfinished: dict[str, list[Waiting]] = {}
    alone: list[Waiting] = []
    together: list[Waiting] = []
    for waiting, decision in decided:
        if waiting.state == "claimed" and waiting.message_id:
            unfinished.setdefault(waiting.message_id, []).append(waiting)
        elif decision.act == "digest":
            together.append(waiting)
        elif decision.act == "send":
            alone.append(waiting)
    if len(alone) > most or (len(alone) > 1 and any(waiting.state == "failed" for waiting in alone)):
        together, alone = [*together, *alone], []
    parcels = [Parcel(channel, key, tuple(items), key.startswith("digest-")) for key, items in unfinished.items()]
    parcels += [Parcel(channel, message_id(waiting), (waiting,), is_digest=False) for waiting in alone]
    if together:
        parcels.append(Parcel(channel, digest_id(channel, together), tuple(together), is_digest=True))
    return parcels
