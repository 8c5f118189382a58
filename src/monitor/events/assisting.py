"""What a language model was asked and answered; only where one is configured."""

from typing import ClassVar

from .base import EventData, Moment
from .ledger import Reading, Span


class NamedParty(Span):
    """A party that the model names as the proposer, with the words of the text that it rests on."""

    party: str


class ModelAnswered(EventData):
    """A model's answer on a text that the rules left open, kept so that it is never asked again for the same text and question.

    Only what has its words in the text is in ``proposers`` and ``readings``; ``dropped`` says what had not.
    """

    wire: ClassVar = "model.answered"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("model", "prompt_sha256", "body_sha256")
    article_id: str
    mention_id: str
    body_sha256: str
    model: str
    prompt: str
    prompt_sha256: str
    proposers: tuple[NamedParty, ...]
    readings: tuple[Reading, ...]
    dropped: tuple[str, ...]
    answered_at: Moment


class ModelFailed(EventData):
    """A model gave no answer that can be read, or none at all. It is asked again by the next run."""

    wire: ClassVar = "model.failed"
    subject: ClassVar = "article_id"
    key: ClassVar[tuple[str, ...]] = ("model", "prompt_sha256", "body_sha256", "failed_at")
    is_recurring: ClassVar = True
    article_id: str
    mention_id: str
    body_sha256: str
    model: str
    prompt: str
    prompt_sha256: str
    reason: str
    failed_at: Moment
