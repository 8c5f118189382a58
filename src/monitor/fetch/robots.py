"""robots.txt (RFC 9309), asked once for each site and run, parsed by protego.

For pages only. A feed is published for programs to poll, and the person who set it up for this one asked for it by address;
outlets whose robots.txt disallows all of "/" still offer feeds. (So do Miniflux, FreshRSS, NewsBlur and Media Cloud.)
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protego import Protego
from yarl import URL

from ..answers import Answer, Failed, Fetched

AGENT = "CeasefireMonitor"
MOST_BYTES = 512_000  # RFC 9309 section 2.5: at least 500 KiB are read, the rest may be left
_LONG = 32_000  # characters that are parsed within a few milliseconds; longer ones are parsed beside the event loop
_AGENT_LINE = re.compile(r"^[ \t]*user[- ]?agent[ \t]*:?[ \t]*([^#\r\n]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a site's robots.txt says: parsed rules, or everything is allowed (neither), or nothing is (``failed``)."""

    parsed: Protego | None = None
    failed: Failed | None = None


class Robots:
    """The rules of the sites met in a run. ``ask`` fetches a robots.txt, ``slow_down`` takes a site's crawl-delay."""

    def __init__(self, ask: Callable[[str], Awaitable[Answer]], slow_down: Callable[[str, float], None]) -> None:
        self._ask, self._slow_down = ask, slow_down
        self._sites: dict[str, asyncio.Task[Rules]] = {}

    async def refusal(self, url: URL) -> tuple[str, str, Failed | None] | None:
        """Why a page may not be fetched (reason, detail, the failed robots.txt), or None where it may."""
        site = f"{url.scheme}://{url.host_port_subcomponent}"
        task = self._sites.get(site)
        if task is None:
            task = self._sites[site] = asyncio.ensure_future(self._rules(site))
        # Shielded: a page that is given up must not take the rules away from the others that wait for them.
        rules = task.result() if task.done() else await asyncio.shield(task)
        if rules.failed is not None:
            if rules.failed.until is not None:
                self._sites.pop(site, None)  # ask when the pause is over
                return "held", rules.failed.detail, rules.failed
            if rules.failed.reason == "forbidden_address":
                return "forbidden_address", rules.failed.detail, rules.failed
            return "robots", f"robots.txt: {rules.failed.reason}, {rules.failed.detail}", rules.failed
        if rules.parsed is None or rules.parsed.can_fetch(str(url), AGENT):
            return None
        return "robots", f"robots.txt does not allow {url.raw_path}", None

    async def _rules(self, site: str) -> Rules:
        answer = await self._ask(f"{site}/robots.txt")
        is_long = isinstance(answer, Fetched) and len(answer.body) > _LONG
        rules = await asyncio.to_thread(rules_of, answer) if is_long else rules_of(answer)
        if rules.parsed is not None and (delay := rules.parsed.crawl_delay(AGENT)):
            self._slow_down(site, delay)
        return rules

    async def close(self) -> None:
        """Leave no request behind."""
        for task in self._sites.values():
            task.cancel()
        await asyncio.gather(*self._sites.values(), return_exceptions=True)


def rules_of(answer: Answer) -> Rules:
    """The rules that the answer to a robots.txt means.

    RFC 9309 section 2.3.1: 4xx and too many redirects mean that there are no rules; 5xx, and no answer at all, that nothing
    may be fetched until there is one. 429 counts with the latter: "too many requests" is not "there is no such file".
    What is no text of rules (a web page with status 200, which many sites answer to anything) holds none.
    """
    if isinstance(answer, Fetched):
        return Rules(parse_robots(answer.body))
    if isinstance(answer, Failed):
        is_missing = answer.status is not None and 400 <= answer.status < 500 and answer.status != 429
        if answer.reason == "redirects" or (is_missing and answer.reason in ("http_error", "challenge")):
            return Rules()
        return Rules(failed=answer)
    return Rules()


def parse_robots(body: bytes) -> Protego:
    """The rules in a robots.txt, for whatever bytes.

    The groups of other robots are put under one name first: protego keeps each rule for each robot of a group, and ten
    thousand names before ten thousand rules would take all memory.
    """
    return Protego.parse(_AGENT_LINE.sub(_ours_or_other, body.decode("utf-8-sig", "replace")))


def _ours_or_other(line: re.Match[str]) -> str:
    name = line[1].strip().lower()
    is_for_us = name == "*" or name.replace("*", "") == AGENT.lower()
    return f"User-agent: {'*' if name == '*' else AGENT if is_for_us else 'other'}"
