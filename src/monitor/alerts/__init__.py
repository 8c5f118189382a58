"""Alerts: what is owed, who wants it and when, and how it reads. Pure: rows and the clock in, events and texts out."""

from .parcels import digest_id, message_id, pack
from .raising import (
    QUOTE_WORDS,
    AlertToRaise,
    CorrectionToRaise,
    FeedAlertToRaise,
    PositionAlertToRaise,
    cut,
    raise_alert,
    raise_correction,
    raise_feed_alert,
    raise_position_alert,
)
from .rules import ARRIVED, Decision, Mute, Parcel, Waiting, decide, is_muted, wants
from .story import Standing, Story, spoken, tell
from .text import Message, compose, compose_test

__all__ = [
    "ARRIVED",
    "QUOTE_WORDS",
    "AlertToRaise",
    "CorrectionToRaise",
    "Decision",
    "FeedAlertToRaise",
    "Message",
    "Mute",
    "Parcel",
    "PositionAlertToRaise",
    "Standing",
    "Story",
    "Waiting",
    "compose",
    "compose_test",
    "cut",
    "decide",
    "digest_id",
    "is_muted",
    "message_id",
    "pack",
    "raise_alert",
    "raise_correction",
    "raise_feed_alert",
    "raise_position_alert",
    "spoken",
    "tell",
    "wants",
]
