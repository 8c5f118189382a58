"""Reading pages in worker processes that may die: which page is asked again, and which is given up."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from pebble import ProcessExpired

from monitor.articles.model import NoText
from monitor.pipeline import apart
from monitor.settings import ExtractSettings

READ = NoText("no_text", "")  # stands for whatever a worker gives back
PAGE = (b"<p>Fishermen sold crates.</p>", {"url": "http://pier.test/1"})


def died() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(ProcessExpired("killed"))
    return future


def read() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(READ)
    return future


def outcomes(monkeypatch: pytest.MonkeyPatch, futures: Sequence[Future[Any]], pages: int) -> tuple[list[str], int]:
    """The reasons, and how many tasks were scheduled, where the workers end so in turn."""
    waiting = list(futures)
    monkeypatch.setattr(apart, "_scheduled", lambda settings, page: waiting.pop(0))
    found = list(apart.extract_apart(ExtractSettings(workers=1), [PAGE] * pages))
    return [outcome.reason for outcome in found if isinstance(outcome, NoText)], len(futures) - len(waiting)


def test_a_page_whose_worker_was_killed_is_asked_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system kills the largest process when memory is short: that says nothing of the page."""
    assert outcomes(monkeypatch, [died(), read()], pages=1) == (["no_text"], 2)


def test_a_page_that_ends_two_workers_is_recorded_and_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next page of the batch is read, and nothing is tried for ever."""
    assert outcomes(monkeypatch, [died(), read(), died()], pages=2) == (["crashed", "no_text"], 3)


def test_a_page_that_takes_too_long_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take as long once more."""
    late: Future[Any] = Future()
    late.set_exception(TimeoutError())
    assert outcomes(monkeypatch, [late], pages=1) == (["timeout"], 1)
