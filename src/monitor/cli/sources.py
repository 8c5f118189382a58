"""The commands that add sources: feeds add, import and export, and import of pages."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated

import tomlkit
import tomlkit.exceptions
import typer
from pydantic import ValidationError

from ..answers import Failed, Fetched
from ..errors import SettingsError, SourceError, explain_validation, field_names
from ..feeds.model import ParsedFeed
from ..fetch import open_fetcher
from ..ids import sha256
from ..pipeline.importing import import_pages
from ..pipeline.shared import Pipeline, load_pipeline
from ..sources import ImportedPage, Skipped, feed_links, read_candidate, read_opml, read_pages, write_opml
from ..topics import FeedFile, FeedSource
from ..urls import absolute_url, canonical_url, outlet_key
from .app import GIVEN, Json, app, bars, feeds_app
from .show import console, err, print_json

_MOST_CANDIDATES = 12  # asked of one site for one command


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that was found, read and judged to be one."""

    url: str
    feed: ParsedFeed
    sha256: str


@feeds_app.command("add", epilog="Example: [bold]monitor feeds add https://outlet.example --country GB[/bold]")
def add(
    address: Annotated[str, typer.Argument(metavar="URL", help="Of the feed, or of a page of the outlet.")],
    pick: Annotated[int, typer.Option(help="Which, where a site has several.", min=0)] = 0,
    name: Annotated[str, typer.Option(help="Name of the outlet (what the feed calls itself).")] = "",
    language: Annotated[str, typer.Option(help="Language code, where the feed does not say.")] = "",
    country: Annotated[str, typer.Option(help="Two letters, where the feed does not say.")] = "",
    kind: Annotated[
        str, typer.Option(help="wire, national, regional, government, un, ngo, thinktank or aggregator.")
    ] = "national",
) -> None:
    """Find the feed of a site, read it once, and write it into the file of feeds that the settings name."""
    pipeline = load_pipeline_for_feeds()
    url = absolute_url(address if "://" in address else f"https://{address}", "")
    if url is None:
        raise SourceError("is no http or https address", subject=address, way_out="Give it as https://outlet.example.")
    found = asyncio.run(discover(pipeline, url))
    chosen = _choose(found, address, pick)
    source = _as_source(chosen, name=name, language=language, country=country, kind=kind)
    known = {canonical_url(feed.url): feed for feed in pipeline.profile.feed}
    if (twin := known.get(canonical_url(chosen.url))) is not None:
        raise SourceError(f"is polled already, as {twin.name!r}", subject=chosen.url, way_out="Nothing was written.")
    if (same := asyncio.run(_same_bytes(pipeline, chosen))) is not None:
        raise SourceError(
            f"holds the very bytes of {same.url} ({same.name!r}), which is polled already",
            subject=chosen.url,
            way_out="Nothing was written: it would be counted twice.",
        )
    path = append_feeds(pipeline, [source])
    console.print(
        f"added to {path}: {source.name} ({source.language}, {source.country}) {source.url}", markup=False, soft_wrap=True
    )


def load_pipeline_for_feeds() -> Pipeline:
    """The pipeline, also where the file of feeds is named but not made yet: then with the feeds of the profile."""
    settings = GIVEN.settings()
    if settings.feeds is not None and not settings.feeds.exists():
        pipeline = load_pipeline(settings.model_copy(update={"feeds": None}))
        pipeline.settings = settings
        return pipeline
    return load_pipeline(settings)


async def discover(pipeline: Pipeline, url: str) -> list[Candidate]:
    """The feeds that an address is or leads to: itself, what it declares, what it links to, what is usual; each once."""
    settings = pipeline.settings
    found: dict[str, Candidate] = {}
    async with open_fetcher(settings.fetch, contact=settings.contact, clock=pipeline.clock) as fetcher:
        answer = await fetcher.fetch(url, at_most=settings.fetch.page_bytes)
        if isinstance(answer, Failed):
            raise SourceError(f"gives no page: {answer.reason}, {answer.detail}", subject=url, way_out="Nothing was written.")
        if not isinstance(answer, Fetched):
            raise SourceError("gives no page: 304", subject=url, way_out="Nothing was written.")
        if (feed := read_candidate(answer.body, answer.headers.get("content-type", ""))) is not None:
            return [Candidate(answer.final_url, feed, sha256(answer.body))]
        for candidate in feed_links(answer.body, url=answer.final_url)[:_MOST_CANDIDATES]:
            reply = await fetcher.fetch(candidate, at_most=settings.fetch.feed_bytes)
            if isinstance(reply, Fetched):
                feed = read_candidate(reply.body, reply.headers.get("content-type", ""))
                if feed is not None:
                    found.setdefault(sha256(reply.body), Candidate(reply.final_url, feed, sha256(reply.body)))
    return list({canonical_url(candidate.url): candidate for candidate in found.values()}.values())


async def _same_bytes(pipeline: Pipeline, chosen: Candidate) -> FeedSource | None:
    """A feed of the same outlet that answers with the same bytes under another address."""
    settings = pipeline.settings
    own = [feed for feed in pipeline.profile.feed if outlet_key(feed.url) == outlet_key(chosen.url)]
    async with open_fetcher(settings.fetch, contact=settings.contact, clock=pipeline.clock) as fetcher:
        for feed in own[:_MOST_CANDIDATES]:
            answer = await fetcher.fetch(feed.url, at_most=settings.fetch.feed_bytes)
            if isinstance(answer, Fetched) and sha256(answer.body) == chosen.sha256:
                return feed
    return None


def _choose(found: Sequence[Candidate], address: str, pick: int) -> Candidate:
    if not found:
        raise SourceError("has no feed that could be found", subject=address, way_out="Give the address of the feed itself.")
    if len(found) == 1 and pick in (0, 1):
        return found[0]
    if not 1 <= pick <= len(found):
        lines = [
            f"{number}  {candidate.url}  {candidate.feed.title!r}, {len(candidate.feed.entries)} entries"
            for number, candidate in enumerate(found, start=1)
        ]
        raise SourceError(
            "has several feeds:\n  " + "\n  ".join(lines),
            subject=address,
            way_out="Choose one with --pick N, or give its address.",
        )
    return found[pick - 1]


def _as_source(chosen: Candidate, *, name: str, language: str, country: str, kind: str) -> FeedSource:
    """The feed as the file names it. Its own language tag ("en-GB") serves where nothing is given."""
    own = re.fullmatch(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?.*", chosen.feed.language)
    values = {
        "name": name or chosen.feed.title or outlet_key(chosen.url),
        "url": chosen.url,
        "language": (language or (own[1] if own else "")).lower(),
        "country": (country or ((own[2] or "") if own else "")).upper(),
        "kind": kind,
    }
    if missing := [key for key in ("language", "country") if not values[key]]:
        raise SourceError(
            f"does not say its {' and '.join(missing)}",
            subject=chosen.url,
            way_out=f"Give {' and '.join(f'--{key}' for key in missing)}; nothing was written.",
        )
    return _checked(values)


def _checked(values: dict[str, str]) -> FeedSource:
    try:
        return FeedSource.model_validate(values)
    except ValidationError as error:
        raise SourceError(
            explain_validation(error, field_names(FeedFile)), subject=values["url"], way_out="docs/topics.md describes each key."
        ) from error


def append_feeds(pipeline: Pipeline, sources: Sequence[FeedSource]) -> Path:
    """Write feeds at the end of the settings' file of feeds; its comments and its order stay as they are.

    A file that is not there yet starts with the feeds of the profile, which it stands for. Raises SettingsError when the
    settings name none or it cannot be written.
    """
    path = pipeline.settings.feeds
    if path is None:
        raise SettingsError(
            "no file of feeds is set",
            subject="feeds",
            way_out='Write feeds = "feeds.toml" into monitor.toml (or set MONITOR_FEEDS) and start again: the file is made, '
            "with the feeds of the profile to start from.",
        )
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
        tables = document.get("feed") or tomlkit.aot()
        if not path.exists():
            document.add(tomlkit.comment("The feeds that are polled, instead of those of the topic's profile."))
            sources = [*pipeline.profile.feed, *sources]
        for source in sources:
            table = tomlkit.table()
            table.update({key: value for key, value in source.model_dump().items() if value is not None and value != "none"})
            tables.append(table)
        document["feed"] = tables
        partial = path.with_name(f"{path.name}.new")
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(tomlkit.dumps(document), encoding="utf-8")
        partial.replace(path)
    except (OSError, UnicodeDecodeError, tomlkit.exceptions.TOMLKitError) as error:
        raise SettingsError(f"cannot be written: {error}", subject=str(path), way_out="Nothing was changed.") from error
    return path


@feeds_app.command("export", epilog="Example: [bold]monitor feeds export --opml feeds.opml[/bold]")
def export_feeds(
    opml: Annotated[Path, typer.Option("--opml", help="File to write; - prints it.")] = Path("-"),
) -> None:
    """Write the feeds in force as OPML, for any feed reader."""
    pipeline = load_pipeline_for_feeds()
    content = write_opml(pipeline.profile.feed, title=pipeline.profile.topic.name)
    if str(opml) == "-":
        typer.echo(content.decode())
        return
    try:
        opml.write_bytes(content)
    except OSError as error:
        raise SourceError(f"cannot be written: {error.strerror}", subject=str(opml), way_out="Name another file.") from error
    _say(f"{len(pipeline.profile.feed)} feeds: {opml}")


@feeds_app.command("import", epilog="Example: [bold]monitor feeds import subscriptions.opml --language en --country GB[/bold]")
def import_feeds(
    file: Annotated[Path, typer.Argument(help="An OPML file.")],
    language: Annotated[str, typer.Option(help="Language code of all its feeds.")] = "",
    country: Annotated[str, typer.Option(help="Two letters, of all its feeds.")] = "",
    kind: Annotated[str, typer.Option(help="Kind of all its feeds.")] = "national",
) -> None:
    """Write the feeds of an OPML list into the file of feeds; those known already are left out and named."""
    try:
        listed = read_opml(file.read_bytes(), name=str(file))
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", subject=str(file), way_out="Name an existing file.") from error
    if not language or not country:
        raise SourceError(
            "does not say language and country, as no OPML does", subject=str(file), way_out="Give --language and --country."
        )
    pipeline = load_pipeline_for_feeds()
    known = {canonical_url(feed.url) for feed in pipeline.profile.feed}
    wanted: list[FeedSource] = []
    for title, address in listed:
        url = absolute_url(address, "")
        if url is None or canonical_url(url) in known:
            err.print(f"left out, {'known already' if url else 'no address'}: {address}", markup=False, soft_wrap=True)
            continue
        known.add(canonical_url(url))
        wanted.append(
            _checked(
                {"name": title or outlet_key(url), "url": url, "language": language, "country": country.upper(), "kind": kind}
            )
        )
    if wanted:
        _say(f"{len(wanted)} feeds added to {append_feeds(pipeline, wanted)}")
    else:
        console.print("nothing new")


@app.command("import", epilog="Example: [bold]monitor import CC-NEWS-20310310.warc.gz links.txt[/bold]")
def import_files(
    files: Annotated[list[Path], typer.Argument(help="WARC, JSONL (url, title, published, html or text), sitemap, addresses.")],
    language: Annotated[str, typer.Option(help="Language where a file does not say.")] = "en",
    as_json: Json = False,
) -> None:
    """Take pages out of files into the archive and read them. Old news is recorded and raises no alert."""
    pipeline = load_pipeline(GIVEN.settings())
    for path in files:
        if not path.is_file():
            raise SourceError("is no file", subject=str(path), way_out="Name an existing file; nothing was imported.")
    at_most = pipeline.settings.fetch.page_bytes
    items: Iterator[ImportedPage | Skipped] = chain.from_iterable(read_pages(path, at_most=at_most) for path in files)
    with bars() as pipeline.progress:
        counts = import_pages(pipeline, items, language=language)
    if as_json:
        print_json(dict(counts))
        return
    words = {
        "new": "pages imported",
        "without_page": "addresses; the next run fetches them",
        "known": "known already",
        "off_topic": "without a word of the topic",
        "rejected": "links of an aggregator",
    }
    for key, number in counts.items():
        label = words.get(key) or f"left out: {key.removeprefix('skipped:').replace('_', ' ')}"
        _say(f"{number:>7,}  {label}")
    if not counts:
        console.print("nothing in it")


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
