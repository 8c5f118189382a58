"""Messages: stories as plain text, Markdown, HTML mail and JSON."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from .story import Story

REPEAT = "This may be a repeat: an earlier try was cut off before its outcome was known."
AGAIN = "Sent again: nobody acknowledged it, or somebody asked for it."
_MOST = 50  # stories told at length in one digest; the others get a line
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel sends: one alert, or a digest of several. ``message_id`` is the same for every try of the same message."""

    message_id: str
    type: str
    subject: str
    text: str
    markdown: str
    html: str
    data: dict[str, Any]
    about: str
    at: dt.datetime
    stories: tuple[Story, ...]
    is_repeat: bool = False


def compose(
    stories: Sequence[Story],
    *,
    message_id: str,
    repeats: frozenset[str] = frozenset(),
    is_again: bool = False,
    is_digest: bool = False,
) -> Message:
    """The message of a story, or a digest of several. ``repeats`` names the alerts that may have arrived before."""
    told = tuple(stories)
    is_digest = is_digest or len(told) != 1
    is_repeat = bool(told) and all(story.alert_id in repeats for story in told)
    mark = "[repeat] " if is_repeat else "[again] " if is_again else ""
    notes = [note for note, holds in ((REPEAT, is_repeat), (AGAIN, is_again and not is_repeat)) if holds]
    subject = mark + (f"{len(told)} alerts" if is_digest else told[0].subject)
    shown, more = told[:_MOST], told[_MOST:]
    marked = {story.alert_id for story in told if story.alert_id in repeats and not is_repeat}
    data: dict[str, Any] = {
        "id": message_id,
        "is_repeat": is_repeat,
        "text": _as_text(shown, notes, marked, more),
        "alerts": [as_json(story) | {"is_repeat": story.alert_id in repeats} for story in told],
    }
    return Message(
        message_id=message_id,
        type="alert.digest" if is_digest else f"alert.{told[0].kind}",
        subject=" ".join(subject.split()),
        text=data["text"],
        markdown=_as_markdown(shown, notes, marked, more),
        html=_template("mail.html").render(stories=shown, notes=notes, marked=marked, more=more, subject=subject, repeat=REPEAT),
        data=data,
        about=told[0].alert_id if not is_digest else message_id,
        at=max(story.raised_at for story in told),
        stories=told,
        is_repeat=is_repeat,
    )


def compose_test(channel: str, *, at: dt.datetime) -> Message:
    """A message that says that it is a test and no news."""
    text = f"This is a test of the channel “{channel}”. It is no alert; nothing was reported."
    key = f"test-{channel}-{at:%Y%m%dT%H%M%S%f}"
    return Message(
        message_id=key,
        type="alert.test",
        subject=f"[test] Ceasefire Monitor reaches {channel}",
        text=text,
        markdown=text,
        html=f"<p>{Environment(autoescape=True).from_string('{{ text }}').render(text=text)}</p>",
        data={"id": key, "is_test": True, "text": text, "alerts": []},
        about=key,
        at=at,
        stories=(),
    )


def as_json(story: Story) -> dict[str, Any]:
    """The story's fields, with its text for people."""
    return {"id": story.alert_id, "text": as_text(story), **story.model_dump(mode="json", exclude={"alert_id"})}


def as_text(story: Story) -> str:
    """A story as plain text."""
    lines = [story.subject, *([f"  {story.note}"] if story.note else [])]
    lines += [f"  {name}: {value}" for name, value in _facts(story)]
    lines += [f"  “{story.quote}”"] if story.quote else []
    lines += [f"  {line}" for line in (story.title, story.passage_url) if line]
    lines += [f"  archive: {story.archive}"] if story.archive else []
    return "\n".join(lines)


def as_markdown(story: Story) -> str:
    """A story as Markdown; what texts say is escaped."""
    lines = [f"**{_escaped(story.heading)}: {_escaped(story.label)}**", ""]
    lines += [_escaped(story.note), ""] if story.note else []
    lines += [f"- {name}: {_escaped(value)}" for name, value in _facts(story)]
    lines += ["", f"> {_escaped(story.quote)}"] if story.quote else []
    lines += ["", f"[{_escaped(story.title or story.outlet or story.label)}](<{story.passage_url}>)"]
    lines += ["", f"Archive: {_escaped(story.archive)}"] if story.archive else []
    return "\n".join(lines)


def _facts(story: Story) -> list[tuple[str, str]]:
    """What is known, each with its name; what is not is left out."""
    why = "; ".join(story.nearest_why) or "nothing in common"
    facts = [
        ("proposed by", ", ".join(story.proposers)),
        ("through", ", ".join(story.mediators)),
        *((term.name, f"{term.range} ({'; '.join(term.by_source)})") for term in story.terms),
        ("according to", f"{story.according_to}, in {story.outlet}" if story.according_to else ""),
        *(("position", position) for position in story.positions),
        ("independent texts", str(story.independent_texts or "")),
        ("varies", story.varies),
        ("nearest known", f"{story.nearest_label} — points for and against that one: {why}" if story.nearest_label else ""),
    ]
    return [(name, value) for name, value in facts if value]


def as_html(story: Story) -> str:
    """A story as a piece of HTML, for feeds; what texts say is escaped."""
    return _template("story.html").render(story=story)


def _as_text(stories: Sequence[Story], notes: Sequence[str], marked: set[str], more: Sequence[Story]) -> str:
    parts = [*notes, *(f"{REPEAT}\n{as_text(story)}" if story.alert_id in marked else as_text(story) for story in stories)]
    lines = [f"{'[repeat] ' if story.alert_id in marked else ''}{story.subject}\n  {story.passage_url}" for story in more]
    return "\n\n".join([*parts, *([_rest(more)] if more else []), *lines])


def _as_markdown(stories: Sequence[Story], notes: Sequence[str], marked: set[str], more: Sequence[Story]) -> str:
    told = [f"_{REPEAT}_\n\n{as_markdown(story)}" if story.alert_id in marked else as_markdown(story) for story in stories]
    lines = [
        f"- {'_repeat_: ' if story.alert_id in marked else ''}[{_escaped(story.subject)}](<{story.passage_url}>)"
        for story in more
    ]
    return "\n\n".join(
        [*(f"_{note}_" for note in notes), "\n\n---\n\n".join(told), *([_rest(more), "\n".join(lines)] if more else [])]
    )


def _rest(more: Sequence[Story]) -> str:
    return f"… and {len(more)} more in short; `monitor alerts list` shows all."


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


@cache
def _template(name: str) -> Template:
    """A template of this folder; what it is given is escaped, and a name that nobody gives is an error."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in files(__package__).iterdir() if path.name.endswith(".html")}
    environment = Environment(
        loader=DictLoader(texts), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)
