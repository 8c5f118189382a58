"""The figures of a warehouse as Prometheus reads them. The only door to prometheus_client (extra ``metrics``).

All of them come from the published copy (``warehouse/page/metrics.sql``): what runs do is in the log, so nothing has to be
counted in memory, and a figure is the same whoever serves it.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .errors import WarehouseError
from .warehouse import WarehouseFiles
from .warehouse.shown import Row, ShownCopy

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FAMILIES: dict[str, type[CounterMetricFamily] | type[GaugeMetricFamily]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
}


class _Rows(Collector):
    """Samples by name; rows of one name have the same labels and stand together."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        """One family for each name."""
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for row in self._rows:
            labels = {str(key): str(value) for key, value in row["labels"].items()}
            if row["name"] not in families:
                families[row["name"]] = _FAMILIES[row["kind"]](row["name"], row["help"], labels=list(labels))
            families[row["name"]].add_metric(list(labels.values()), float(row["value"]))
        yield from families.values()


def exposition(copy: ShownCopy, files: WarehouseFiles) -> bytes:
    """All figures in Prometheus's text format. Raises WarehouseError when there is no copy."""
    with copy.pinned() as shown:
        rows = list(shown.rows("metrics"))
    written = files.copy.stat().st_mtime
    rows.append(
        {
            "name": "monitor_copy_timestamp_seconds",
            "kind": "gauge",
            "help": "When the copy for reading was published.",
            "labels": {},
            "value": written,
        }
    )
    registry = CollectorRegistry()
    registry.register(_Rows(rows))
    return generate_latest(registry)


def write_metrics(files: WarehouseFiles, target: Path) -> None:
    """Write a file for the textfile collector of node_exporter, replaced at once.

    Raises WarehouseError when it cannot be written.
    """
    copy = ShownCopy(files)
    try:
        text = exposition(copy, files)
    finally:
        copy.close()
    partial = target.with_name(f".{target.name}.{os.getpid()}.new")  # the collector reads *.prom only
    try:
        partial.write_bytes(text)
        partial.replace(target)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise WarehouseError(
            f"cannot be written: {error.strerror}", subject=str(target), way_out="Name a file in a folder that is yours."
        ) from error
