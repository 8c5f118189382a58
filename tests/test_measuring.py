"""What the program says of itself: recall against a list of others, precision, latency, the drop ledger, figures and traces."""

import datetime as dt
import json
import shutil
from pathlib import Path

import duckdb
import pytest
from command import Command
from hypothesis import given
from hypothesis import strategies as st
from loopback import Loopback, answer
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from monitor.errors import SettingsError, SourceError
from monitor.outside import Recall, followed, read_outside_list, wilson
from monitor.tracing import export_steps, steps_of
from monitor.warehouse import WarehouseFiles, query_copy
from monitor.warehouse.shown import ShownCopy

DAY = dt.datetime(2025, 6, 10, tzinfo=dt.UTC)


@pytest.fixture
def demo(original_demo: Path) -> Path:
    """The demo, which these tests only read."""
    return original_demo


@pytest.fixture
def of_demo(monitor: Command, demo: Path, tmp_path: Path) -> Command:
    """Commands on a copy of the demo's folder."""
    shutil.copytree(demo, tmp_path / "demo")

    def run(*arguments: str | Path):  # type: ignore[no-untyped-def]
        return monitor("--config", tmp_path / "demo" / "monitor.toml", *arguments)

    return run


def ask(folder: Path, statement: str) -> list[tuple[object, ...]]:
    return query_copy(WarehouseFiles(folder), statement).rows


# ---- lists of others


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("url,title,published\nhttps://a.test/1,One,2031-03-10\nhttps://a.test/2,Two,\n", 1),
        ('"Link";"Headline";"Date"\n"https://a.test/1";"One; and more";"Mon, 10 Mar 2031 08:00:00 GMT"\nhttps://a.test/2;;\n', 1),
        ('{"url": "https://a.test/1", "title": "One", "date": "2031-03-10"}\n{"link": "https://a.test/2"}\n', 1),
        ("17\t20310309\tNORLAND\t20310310\thttps://a.test/1\n18\t20310309\tSUDMARK\t20310310\thttps://a.test/2\n", 2),
        ("\ufeffhttps://a.test/1\r\nhttps://a.test/2\r\n", 0),
    ],
)
def test_lists_of_many_makers_are_read(text: str, dates: int) -> None:
    """With a header or, as data services have them, without; a date is a moment in UTC or nothing."""
    found = read_outside_list(text.encode(), name="list")
    assert [item.url for item in found.items] == ["https://a.test/1", "https://a.test/2"]
    moments = [item.published for item in found.items if item.published]
    assert len(moments) == dates
    assert {moment.date() for moment in moments} <= {dt.date(2031, 3, 10)}


@pytest.mark.parametrize("content", [b"", b"  \n", b"name,age\nana,7\n", b"<html></html>", b"\x00\xff\xfe\x01"])
def test_what_is_no_list_is_refused_with_the_way_out(content: bytes) -> None:
    """Nothing is called unseen because a file could not be read."""
    with pytest.raises(SourceError) as error:
        read_outside_list(content, name="list.csv")
    assert "list.csv" in str(error.value)


def test_the_same_address_counts_once_and_lines_without_one_are_counted() -> None:
    """Tracking keys and the scheme do not make another article."""
    found = read_outside_list(b"url\nhttps://a.test/1\nhttp://a.test/1?utm_source=x\nnone\n", name="x")
    assert (len(found.items), found.unread) == (1, 1)


@given(st.integers(0, 300), st.integers(1, 300))
def test_the_interval_holds_the_share(hits: int, tries: int) -> None:
    """Between nought and one, around the share, and nothing is certain."""
    hits = min(hits, tries)
    low, high = wilson(hits, tries)
    assert low is not None
    assert high is not None
    assert 0 <= low <= hits / tries + 1e-9
    assert hits / tries - 1e-9 <= high <= 1
    assert low < high


def test_of_nothing_known_the_share_is_unknown() -> None:
    """Not nought: that would be a claim."""
    told = Recall.of([("unknown", "no date")] * 3)
    assert (told.share, told.low, told.high, told.unknown) == (None, None, None, 3)


def listed(demo: Path) -> str:
    """A list of the demo's day as others could have made it: everything on its pages that are on topic, one more, and one of May."""
    rows = ask(demo, "SELECT url, title FROM article ORDER BY url")
    lines = [f'{url}?utm_medium=list,"{str(title).replace(chr(34), "")}",2025-06-10' for url, title in rows]
    host = str(rows[0][0]).split("/")[2]
    lines += [
        f"http://{host}/never-listed,A page that no feed had,2025-06-10",
        f"http://{host}/of-may,Before our time,2025-05-02",
    ]
    lines += ["http://nobody-reads.example/x,Elsewhere,2025-06-10", f"http://{host}/undated,Undated,"]
    return "url,title,published\n" + "\n".join(lines) + "\n"


def test_recall_tells_seen_missed_and_unknown_apart(demo: Path, of_demo: Command, tmp_path: Path) -> None:
    """Seen by address; missed, or without a feed; unknown where nobody listened then or the list has no date."""
    (tmp_path / "list.csv").write_text(listed(demo), encoding="utf-8")
    told = json.loads(of_demo("recall", tmp_path / "list.csv", "--json", "--each").out)
    articles = int(str(ask(demo, "SELECT count(*) FROM article")[0][0]))
    assert (told["items"], told["seen"], told["not_seen"], told["unknown"]) == (articles + 4, articles, 2, 2)
    assert told["share"] == articles / (articles + 2)
    why = {row["url"].rsplit("/", 1)[1]: (row["fate"], row["why"]) for row in told["each"][articles:]}
    assert why == {
        "never-listed": ("not_seen", "missed"),
        "of-may": ("unknown", "nobody listened that day"),
        "x": ("not_seen", "no feed of that outlet"),
        "undated": ("unknown", "no date"),
    }
    words = of_demo("recall", tmp_path / "list.csv").out
    assert f"{articles} of {articles + 2}" in words
    assert "95 % interval" in words


def test_recall_records_nothing(demo: Path, of_demo: Command, tmp_path: Path) -> None:
    """What others saw is no observation of ours."""
    (tmp_path / "list.csv").write_text(listed(demo), encoding="utf-8")
    before = (tmp_path / "demo" / "monitor.duckdb").read_bytes()
    assert of_demo("recall", tmp_path / "list.csv").code == 0
    assert (tmp_path / "demo" / "monitor.duckdb").read_bytes() == before


def test_a_headline_finds_what_another_address_hides(demo: Path) -> None:
    """At the same outlet it is the article; elsewhere a weaker sign, and told apart."""
    ((url, title),) = ask(demo, "SELECT url, title FROM article WHERE len(string_split(title, ' ')) > 6 ORDER BY url LIMIT 1")
    host = str(url).split("/")[2]
    items = [
        {"url": f"http://{host}/moved", "title": str(title).upper()},
        {"url": "http://other.example/moved", "title": str(title)},
    ]
    with duckdb.connect(str(WarehouseFiles(demo).copy), read_only=True) as connection:
        rows = connection.execute("SELECT fate, why FROM recall(?)", [json.dumps(items)]).fetchall()
    assert rows == [("seen", "headline"), ("seen_elsewhere", "headline")]


def test_an_opml_list_says_which_feeds_are_followed(demo: Path, of_demo: Command, tmp_path: Path) -> None:
    """By address, by outlet, or not."""
    ((url,),) = ask(demo, "SELECT url FROM feed WHERE kind <> 'import' ORDER BY url LIMIT 1")
    host = str(url).split("/")[2]
    feeds = [str(url), f"http://{host}/other.xml", "http://nobody-reads.example/rss"]
    outlines = "".join(f'<outline type="rss" text="x" xmlUrl="{one}"/>' for one in feeds)
    (tmp_path / "l.opml").write_text(f'<opml version="2.0"><body>{outlines}</body></opml>', encoding="utf-8")
    told = json.loads(of_demo("recall", tmp_path / "l.opml", "--json").out)
    assert [told[fate] for fate in ("followed", "outlet_followed", "not_followed")] == [1, 1, 1]
    assert followed([("x", "https://a.test/f")], []) == [("x", "https://a.test/f", "not_followed")]


# ---- what the log says of itself


def test_every_entry_has_one_fate_with_a_reason(demo: Path) -> None:
    """The ledger of drops adds up to the entries, and each stage to what the other relations count."""
    assert ask(demo, 'FROM "check".drops_add_up') == []
    ledger = {
        (stage, outcome): number
        for stage, outcome, number in ask(demo, "SELECT stage, outcome, sum(entries) FROM report.drop_ledger GROUP BY ALL")
    }
    assert sum(int(str(number)) for number in ledger.values()) == ask(demo, "SELECT count(*) FROM entry")[0][0]
    assert ledger["judge", "copy"] == ask(demo, "SELECT count(*) FROM report.copies")[0][0]
    assert ledger["poll", "rejected"] == ask(demo, "SELECT count(*) FROM entry WHERE is_rejected")[0][0]


def test_a_drop_without_a_reason_is_found(demo: Path, tmp_path: Path) -> None:
    """The check is not empty by nature."""
    shutil.copyfile(WarehouseFiles(demo).copy, tmp_path / "copy.duckdb")
    with duckdb.connect(str(tmp_path / "copy.duckdb")) as connection:
        connection.execute("UPDATE entry SET reject_reason = NULL WHERE is_rejected")
        assert connection.execute('SELECT fault FROM "check".drops_add_up').fetchall() == [("no reason: poll, rejected",)]


def test_latency_is_that_of_the_claimed_dates(demo: Path) -> None:
    """Counted one by one: articles after a feed's first poll, whose date has a time; an outlet without dates has none."""
    expected: dict[tuple[object, object], list[float]] = {}
    began = dict(ask(demo, "SELECT feed_id, min(first_seen_at) FROM entry GROUP BY ALL"))
    for outlet, origin, precision, published, seen, feed in ask(
        demo, "SELECT outlet, published_origin, published_precision, published_at, first_seen_at, feed_id FROM article"
    ):
        minutes = expected.setdefault((outlet, origin), [])
        if precision == "second" and seen > began[feed]:  # type: ignore[operator]
            minutes.append((seen - published).total_seconds() / 60)  # type: ignore[operator]
    rows = ask(demo, "SELECT outlet, date_origin, measured, to_sight_minutes FROM report.latency")
    assert {(outlet, origin) for outlet, origin, *_ in rows} == set(expected)
    for outlet, origin, measured, median in rows:
        minutes = sorted(expected[outlet, origin])
        assert measured == len(minutes)
        assert (median is None) == (not minutes)
        if minutes:
            assert minutes[0] <= median <= minutes[-1]  # type: ignore[operator]


def test_people_s_words_make_the_precision(of_demo: Command) -> None:
    """Unknown before anybody spoke; the last word of each counts, and a quarrel is half right."""
    names = [row["alert_id"] for row in json.loads(of_demo("alerts", "list", "--json").out)]
    said = "SELECT judged, confirmed, dismissed, disputed, precision, low FROM report.alert_precision WHERE kind = 'all'"

    def precision() -> dict[str, object]:
        (row,) = json.loads(of_demo("sql", said, "--json").out)
        return dict(row)

    assert precision() == {"judged": 0, "confirmed": 0, "dismissed": 0, "disputed": 0, "precision": None, "low": None}
    assert "confirmed by ana" in of_demo("alerts", "confirm", names[0], "--author", "ana").out
    assert of_demo("alerts", "dismiss", names[1], "--author", "ana", "--reason", "told again").code == 0
    assert of_demo("alerts", "dismiss", names[2], "--author", "ana", "--reason", "hasty").code == 0
    assert of_demo("alerts", "confirm", names[2], "--author", "ana").code == 0
    assert of_demo("alerts", "dismiss", names[2], "--author", "ben", "--reason", "not new").code == 0
    found = precision()
    assert (found["judged"], found["confirmed"], found["dismissed"], found["disputed"], found["precision"]) == (3, 1, 1, 1, 0.5)
    assert of_demo("alerts", "dismiss", names[0]).code == 2, "a reason is asked for"


def test_the_figures_are_prometheus_s_and_those_of_the_log(demo: Path, of_demo: Command, tmp_path: Path) -> None:
    """Printed, or written into a file at once; read by Prometheus's own parser."""
    assert of_demo("metrics", "--file", tmp_path / "monitor.prom").code == 0
    for text in (of_demo("metrics").out, (tmp_path / "monitor.prom").read_text(encoding="utf-8")):
        samples = {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        for kind, number in ask(demo, "SELECT type, count(*) FROM log.event GROUP BY ALL"):
            assert samples["monitor_events_total", ("type", kind)] == number
        assert samples[("monitor_copy_timestamp_seconds",)] > 0
    assert [path.name for path in tmp_path.glob("*.prom")] == ["monitor.prom"]
    assert of_demo("metrics", "--file", tmp_path / "no" / "folder.prom").code == 4


# ---- the way of one article


def steps(demo: Path, article: object):  # type: ignore[no-untyped-def]
    copy = ShownCopy(WarehouseFiles(demo))
    try:
        with copy.pinned() as shown:
            return steps_of(shown.rows("trace", article=article))
    finally:
        copy.close()


def test_a_trace_goes_from_the_poll_to_the_delivery(demo: Path) -> None:
    """In the order of the log; each step begins with what caused it, and no step ends before it begins."""
    ((article,),) = ask(demo, "SELECT article_id FROM alert ORDER BY raised_at LIMIT 1")
    way = steps(demo, article)
    names = [step.name for step in way]
    for earlier, later in zip(
        ("feed.polled", "entry.seen", "page.fetched", "article.extracted", "mention.detected", "alert.raised"),
        ("entry.seen", "page.fetched", "article.extracted", "mention.detected", "alert.raised", "alert.delivered"),
        strict=True,
    ):
        assert names.index(earlier) < names.index(later)
    known = {None: way[0]} | {step.event_id: step for step in way}
    assert all(known[step.cause].end >= step.start <= step.end for step in way)


def test_a_trace_is_one_tree_and_the_same_each_time(demo: Path) -> None:
    """Exported twice: equal ids, one root, every other span under a span of the trace."""
    ((article,),) = ask(demo, "SELECT article_id FROM alert ORDER BY raised_at LIMIT 1")
    found = []
    for _ in range(2):
        exporter = InMemorySpanExporter()
        assert export_steps(str(article), steps(demo, article), exporter) == len(steps(demo, article)) + 1
        found.append(
            [
                (span.context.trace_id, span.context.span_id, span.parent and span.parent.span_id, span.name)
                for span in exporter.get_finished_spans()
            ]
        )  # type: ignore[union-attr]
    assert found[0] == found[1]
    assert len({trace for trace, *_ in found[0]}) == 1
    spans = {span for _, span, *_ in found[0]}
    assert [name for *_, parent, name in found[0] if parent is None] == ["article"]
    assert {parent for *_, parent, _ in found[0] if parent} <= spans


def test_a_collector_that_refuses_is_said() -> None:
    """The SDK would only log it."""

    class Refusing(InMemorySpanExporter):
        def export(self, spans: object) -> SpanExportResult:
            return SpanExportResult.FAILURE

    row = {"event_id": "1", "type": "entry.seen", "caused_by": None, "occurred_at": dt.datetime(2031, 3, 1), "data": "{}"}
    with pytest.raises(SettingsError, match="did not take"):
        export_steps("article-1", steps_of([row]), Refusing())


def test_trace_sends_to_a_collector_over_http(of_demo: Command) -> None:
    """OTLP, one request; and an article is found by its beginning or address."""
    rows = json.loads(
        of_demo("sql", "SELECT article_id, article.url FROM alert JOIN article USING (article_id) LIMIT 1", "--json").out
    )
    with Loopback() as server:

        async def take(request):  # type: ignore[no-untyped-def]
            bodies.append(await request.read())
            return await answer(b"", "application/x-protobuf")(request)

        bodies: list[bytes] = []
        server.routes = {"/v1/traces": take}
        ended = of_demo("trace", rows[0]["article_id"], "--otlp", server.url("/v1/traces"))
        assert ended.code == 0, ended.err
    assert len(bodies) == 1
    assert "article.extracted" in of_demo("trace", rows[0]["url"]).out
    assert "alert.raised" in {step["name"] for step in json.loads(of_demo("trace", rows[0]["article_id"][:18], "--json").out)}
    assert of_demo("trace", "article-nosuch").code == 2


def test_the_pages_serve_the_figures(demo: Path) -> None:
    """Where Prometheus asks; the same figures as the command's."""
    from fastapi.testclient import TestClient

    from monitor.web import WebOptions, create_app

    client = TestClient(create_app(WebOptions(WarehouseFiles(demo), "x")), base_url="http://127.0.0.1")
    answered = client.get("/metrics")
    assert answered.headers["content-type"].startswith("text/plain")
    assert 'monitor_events_total{type="alert.raised"}' in answered.text
