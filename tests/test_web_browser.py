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

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from webserver import ENDLESS, browser, demo_warehouse, options_for, serving

from monitor.warehouse import WarehouseFiles

pytestmark = [
    pytest.mark.xdist_group("web"),
    pytest.mark.skipif(browser() is None, reason="no chromium was found"),
]
VIEWS = [("light", 1280), ("dark", 390)]
if os.environ.get("WEB_VIEWS") == "all":
    VIEWS += [("dark", 1280), ("light", 390)]
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def address(original_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo's warehouse; WEB_WAREHOUSE names the folder of another, such as one of benchmarks/warehouse.py."""
    given = os.environ.get("WEB_WAREHOUSE")
    files = WarehouseFiles(Path(given)) if given else demo_warehouse(original_demo, tmp_path_factory.mktemp("browser") / "demo")
    with serving(options_for(files)) as running:
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
    ((copy, original), *_) = asked(
        page, address, "SELECT article_id, copy_of FROM article WHERE copy_of LIKE 'article-%' ORDER BY article_id"
    )
    found: list[str] = []
    for path in ("/", "/timeline", "/trends?term=truce&days=2&bucket=hour", "/articles", "/alerts", "/feeds", "/sql?q=FROM+feed",
                 f"/proposals/{proposal}", f"/articles/{article}", f"/articles/{copy}/beside/{original}", "/proposals/none"):  # fmt: skip
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
    source = page.locator(".quote .context + p a").first
    source.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/articles/**")
    assert page.locator("mark").count() > 0
    page.close()


def test_text_from_right_to_left_is_set_so(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    found = asked(page, address, "SELECT article_id FROM article WHERE language = 'ar' ORDER BY article_id LIMIT 1")
    if not found and os.environ.get("WEB_WAREHOUSE"):
        pytest.skip("the warehouse that was given holds no Arabic text")
    ((article,),) = found
    page.goto(f"{address}/articles/{article}")
    assert page.evaluate("getComputedStyle(document.querySelector('.text p')).direction") == "rtl"
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).direction") == "ltr"
    page.close()


def test_an_open_page_offers_what_was_published_meanwhile(original_demo: Path, chromium: Browser, tmp_path: Path) -> None:
    files = demo_warehouse(original_demo, tmp_path / "demo")
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


def test_a_statement_that_is_at_work_is_cancelled_by_a_button(chromium: Browser, address: str) -> None:
    """The page stays, the button goes, and the place of the statement is free again."""
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/sql")
    page.locator("textarea").fill(ENDLESS)
    # The page itself presses the button as soon as it is to be seen: Chromium answers nothing from outside while a page is about to be left.
    page.evaluate(
        """() => { const button = document.querySelector("#cancelling button"); let looks = 0; const timer = setInterval(() => {
            looks += 1;
            if (!button.getBoundingClientRect().width) return;
            clearInterval(timer); document.title = `pressed after ${looks} looks`; button.click(); }, 50); }"""
    )
    page.get_by_role("button", name="Ask").click(no_wait_after=True)
    page.wait_for_function("document.title.startsWith('pressed')")
    page.locator("#cancelling").wait_for(state="hidden")
    assert page.url == f"{address}/sql"
    assert asked(page, address, "SELECT 42") == [[42]]
    page.close()


def test_relations_are_found_by_a_name_of_a_column(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/sql")
    page.locator("#finding").fill("independent_texts")
    shown = page.locator("#schema .relation:not([hidden]) > summary code").all_text_contents()
    assert "report.proposal_ledger" in shown
    assert "feed" not in shown
    page.close()


def test_the_timeline_is_zoomed_by_keys_and_its_window_is_in_the_address(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/timeline?days=1")
    page.keyboard.press("0")
    page.wait_for_url("**/timeline?since=**")
    page.close()


HOSTILE = (
    '</title><script>document.title="run"</script><img src=x onerror=\'document.title="run"\'>'
    '\u202e\u2067 reversed \u0007\u001b[31m\ufeff{{7*7}}" onmouseover="document.title=1 ' + "unbroken" * 40
)


def test_hostile_words_neither_run_nor_break_the_layout(original_demo: Path, chromium: Browser, tmp_path: Path) -> None:
    """Script, markup, signs that turn the direction, control characters and words without an end, in every text of a copy."""
    files = demo_warehouse(original_demo, tmp_path / "demo")
    with duckdb.connect(str(files.copy)) as file:
        file.execute("UPDATE proposal SET label = ? || proposal_id", [HOSTILE])
        file.execute("UPDATE article SET title = ?, author = ?, outlet = ?", [HOSTILE, HOSTILE, HOSTILE])
        file.execute("UPDATE mention SET quote = ?", [HOSTILE])
        file.execute("UPDATE claim SET sentence = ?", [HOSTILE])
        file.execute("UPDATE feed SET name = ?, last_detail = ?", [HOSTILE, HOSTILE])
        file.execute("UPDATE log.body SET text = ? || text", [HOSTILE])
        ((proposal, article),) = file.execute("SELECT proposal_id, article_id FROM alert LIMIT 1").fetchall()
    with serving(options_for(files)) as address:
        context = chromium.new_context(viewport={"width": 390, "height": 800})
        context.set_default_timeout(120_000)
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
        page.on("dialog", lambda dialog: said.append(f"{page.url}: {dialog.message}"))
        for path in (
            "/",
            "/timeline",
            "/trends",
            "/articles",
            "/alerts",
            "/feeds",
            f"/proposals/{proposal}",
            f"/articles/{article}",
        ):
            page.goto(f"{address}{path}")
            page.wait_for_load_state("load")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            assert page.title().endswith("Ceasefire Monitor"), path
            broken = "[...document.images].filter(i => i.complete && i.loading !== 'lazy' && !i.naturalWidth).map(i => i.src)"
            assert page.evaluate(broken) == [], path
            assert page.locator("main img:not([src^='/charts/'])").count() == 0, path
        context.close()
    assert said == []
