"""A lake whose files lie in a bucket: a real server of the S3 protocol, a real PostgreSQL, the same log and relations."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from invented import differences, faults, log_of, relations_of
from kill_driver import batch
from postgres import Postgres
from pydantic import SecretStr
from s3_server import KEY_ID, S3, SECRET, program, s3_server

from monitor.errors import WarehouseError
from monitor.settings import LakeSettings
from monitor.warehouse import WarehouseFiles, lake_care, open_live
from monitor.warehouse.spool import Spool

pytestmark = [
    pytest.mark.processes,
    pytest.mark.xdist_group("lake"),
    pytest.mark.skipif(program() is None, reason="there is no rclone here, whose S3 server this asks"),
]


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3]:
    (tmp_path / "buckets" / "desk").mkdir(parents=True)
    with s3_server(tmp_path / "buckets") as server:
        yield server


@pytest.fixture
def in_bucket(postgres_server: Postgres, s3: S3) -> LakeSettings:
    """A new lake with its files in the bucket ``desk``."""
    made = LakeSettings(
        catalog=postgres_server.database(f"lake_{uuid.uuid4().hex}"), data="s3://desk/log", s3_key_id=KEY_ID, s3_secret=SECRET,
        s3_endpoint=s3.endpoint, s3_region="us-east-1", s3_url_style="path", s3_ssl=False,
    )  # fmt: skip
    lake_care.init(made)
    return made


def objects(s3: S3) -> list[str]:
    """Files of rows; deletions have files of their own."""
    return sorted(path.name for path in (s3.folder / "desk" / "log").rglob("*.parquet") if not path.stem.endswith("-delete"))


def test_machines_whose_files_lie_in_a_bucket_have_one_log(in_bucket: LakeSettings, s3: S3, tmp_path: Path) -> None:
    """Log, chain and relations are those of one embedded file that got the same batches, before and after a compaction, which
    is what brings rows into the bucket; a machine that comes later reads them from there."""
    alone = WarehouseFiles(tmp_path / "alone")
    machines = [WarehouseFiles(tmp_path / name, in_bucket) for name in ("east", "west")]
    for number in range(1, 7):
        if number == 5:
            assert lake_care.compact(in_bucket, keep=dt.timedelta(0)).files_after == len(objects(s3)) > 0
        for files in (machines[number % 2], alone):
            with open_live(files) as live:
                live.append(*batch(number))
    lake_care.compact(in_bucket, keep=dt.timedelta(0))
    states = []
    for files in (*machines, WarehouseFiles(tmp_path / "late", in_bucket), alone):
        with open_live(files) as live:
            assert faults(live._connection) == []
            states.append((log_of(live._connection), relations_of(live._connection)))
    for log, relations in states:
        assert log == states[-1][0]
        assert differences(relations, states[-1][1]) == {}
    assert lake_care.status(in_bucket).faults == ()


def test_with_a_wrong_key_a_batch_waits_and_no_secret_is_told(in_bucket: LakeSettings, s3: S3, tmp_path: Path) -> None:
    files = WarehouseFiles(tmp_path / "east", in_bucket)
    with open_live(files) as live:
        live.append(*batch(1))
    lake_care.compact(in_bucket, keep=dt.timedelta(0))
    assert objects(s3)
    wrong = WarehouseFiles(tmp_path / "east", in_bucket.model_copy(update={"s3_secret": SecretStr("mistyped-word")}))
    with pytest.raises(WarehouseError) as caught, open_live(wrong) as live:
        live.append(*batch(2))
    assert "s3_secret" in caught.value.way_out
    assert "mistyped-word" not in str(caught.value)
    waiting = len(Spool(files.spool).waiting())
    with open_live(files) as live:
        live.append(*batch(2))
        found = log_of(live._connection)
        assert faults(live._connection) == []
    assert waiting <= 1
    assert len(found) == len(batch(1)[0]) + len(batch(2)[0])
