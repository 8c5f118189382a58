"""The pages in a real browser: every page at desk and phone width, light and dark, without an error, a foreign request or a barrier.

Needs Playwright and a browser of the system; where none is found these tests say so and are left out.
"""

from __future__ import annotations

import json
import os
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from webserver import browser, demo_warehouse, options_for, serving

pytestmark = [
    pytest.mark.xdist_group("web"),
    pytest.mark.skipif(browser() is None, reason="no chromium was found"),
]
VIEWS = [("light", 1280), ("dark", 390)]
if os.environ.get("WEB_VIEWS") == "all":
    VIEWS += [("dark", 1280), ("light", 390)]
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(options_for(demo_warehouse(tmp_path_factory.mktemp("browser") / "demo"))) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        yield running
        running.close()


def asked(page: Page, address: str, statement: str) -> list[list[Any]]:
    answer = page.request.get(f"{address}/sql.json?{urllib.parse.urlencode({'q': statement})}", timeout=120_000)
    found: list[list[Any]] = json.loads(answer.text())["rows"]
    return found


@pytest.mark.parametrize(("scheme", "width"), VIEWS)
def test_every_page_is_whole_quiet_and_open_to_all(
    chromium: Browser, address: str, scheme: Any, width: int, tmp_path: Path
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(120_000)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    page.on(
        "request",
        lambda request: said.append(f"asked for {request.url}") if not request.url.startswith((address, "data:")) else None,
    )
    ((proposal,), *_) = asked(page, address, "SELECT proposal_id FROM report.proposal_ledger ORDER BY articles DESC, label")
    ((article,), *_) = asked(page, address, "SELECT article_id FROM article ORDER BY revisions DESC, mentions DESC, article_id")
    found: list[str] = []
    for path in ("/", "/timeline", "/trends?term=truce&days=2&bucket=hour", "/articles", "/alerts", "/feeds", "/sql?q=FROM+feed",
                 f"/proposals/{proposal}", f"/articles/{article}", "/proposals/none"):  # fmt: skip
        page.goto(f"{address}{path}")
        page.wait_for_load_state("load")
        broken = page.evaluate("[...document.images].filter(i => i.loading !== 'lazy' && !i.naturalWidth).map(i => i.src)")
        found += [f"{path}: picture {source} is not there" for source in broken]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path}: wider than the window")
        found += [
            f"{path}: {violation['id']} at {violation['nodes'][0]['html'][:120]}"
            for violation in Axe().run(page).response["violations"]
            if violation["impact"] in SERIOUS
        ]
    context.close()
    assert found == []
    assert [line for line in said if "404" not in line] == []  # the last page is a 404 on purpose


def test_a_reader_goes_from_the_first_page_to_the_sentence_by_keyboard(chromium: Browser, address: str) -> None:
    """Skip link, first card, first source: what is focused is followed with Enter."""
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.locator("article.card a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/proposals/**")
    source = page.locator("blockquote + p a").first
    source.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/articles/**")
    assert page.locator("mark").count() > 0
    page.close()


def test_text_from_right_to_left_is_set_so(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    ((article,), *_) = asked(page, address, "SELECT article_id FROM article WHERE language = 'ar' ORDER BY article_id")
    page.goto(f"{address}/articles/{article}")
    assert page.evaluate("getComputedStyle(document.querySelector('.text p')).direction") == "rtl"
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).direction") == "ltr"
    page.close()


def test_an_open_page_offers_what_was_published_meanwhile(chromium: Browser, tmp_path: Path) -> None:
    files = demo_warehouse(tmp_path / "demo")
    with serving(options_for(files, look_every=0.1)) as address:
        page = chromium.new_page()
        page.set_default_timeout(120_000)
        page.goto(address)
        page.wait_for_function("document.getElementById('published').hidden")
        again = files.copy.with_name("next.duckdb")
        again.write_bytes(files.copy.read_bytes())
        again.rename(files.copy)
        page.get_by_role("button", name="Show them").wait_for()
        page.close()
