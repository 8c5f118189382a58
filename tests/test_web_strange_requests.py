"""Strange requests to every route, made from the description of the interface: whatever is asked, no answer is a failure of ours.

WEB_REQUESTS sets how many to make for each route; a few in CI.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from webserver import demo_warehouse, options_for, serving

from monitor.warehouse.asking import Limits

pytestmark = [
    pytest.mark.xdist_group("web"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
REQUESTS = int(os.environ.get("WEB_REQUESTS", "3"))


@pytest.fixture(scope="module")
def address(original_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    files = demo_warehouse(original_demo, tmp_path_factory.mktemp("strange") / "demo")
    with serving(options_for(files, limits=Limits(seconds=5))) as running:
        yield running


def test_no_request_makes_the_server_fail(address: str) -> None:
    """What is asked fits the description or breaks it on purpose; the answer may be a refusal, and never a failure."""
    described = schemathesis.openapi.from_dict(httpx.get(f"{address}/openapi.json", timeout=300).json())
    asked: Counter[int] = Counter()
    failed: list[str] = []
    for found in described.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=REQUESTS,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def asks(case: schemathesis.Case) -> None:
                answer = case.call(base_url=address, timeout=300)
                asked[answer.status_code] += 1
                if answer.status_code >= 500:
                    failed.append(f"{answer.status_code}: {case.as_curl_command()}")

            with suppress(Unsatisfiable):  # a route without parameters cannot be asked wrongly
                asks()
    assert failed == []
    assert asked[200]
    assert asked[422]
