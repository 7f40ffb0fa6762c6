"""The files connector stands what every connector must: local, SFTP (OpenSSH) and S3."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
import xlsxwriter
from moto.server import ThreadedMotoServer

from connectors import csv_file, other_files, workbook
from foundation.errors import SourceInvalid
from schemas.columns import PERSONAL, text, timestamp
from schemas.model import Delivery, Feed
from tests.connectors.conformance import CANARY, Bench, Conformance, Ledger, Options, Row
from tests.connectors.conftest import missing
from tests.connectors.cutting import cut_after

INCREMENTS = Feed(
    "civil_affairs",
    "visit_of_the_suite",
    "one row a visit",
    "走访",
    "files",
    "visit_of_the_suite",
    ("编号",),
    (
        text("编号", "visit_id", "number of the visit", "编号"),
        text("姓名", "name", "who was visited", "姓名", PERSONAL),
        text("备注", "note", "what was seen", "备注", PERSONAL),
        timestamp("更新时间", "updated_at", "when it was last changed", "更新时间"),
    ),
    Delivery.INCREMENT,
)
SNAPSHOTS = replace(INCREMENTS, delivery=Delivery.SNAPSHOT)
NO_ACCOUNTS = "a local folder knows no credentials but those of the operating system"
NO_LIMIT = "nothing limits how often a folder is read; S3's SlowDown is left to botocore"
NO_TOKENS = "credentials are shown once for a pull: no token ends while it lasts"
NO_PAGES = "a file is fetched whole and checked by its sha256 before a row of it is taken"
ALL_TEXT = "every cell of a CSV file is text: it has no types that could change"
NO_BOM = "the format is binary and has no byte order mark"
NO_DELETIONS = "an increment says nothing of deletions: its feed is declared so in schemas/"


class Place(Protocol):
    """Where the department drops its files."""

    def write(self, name: str, data: bytes) -> None: ...
    def options(self) -> Options: ...
    def denied(self) -> Options: ...
    def unreachable(self) -> Options: ...
    def cut(self) -> Any: ...


class FilesBench(Bench):
    """A drop folder. Of increments a file holds the rows that changed, of a snapshot all rows.

    A late row comes in a file that bears an earlier day.
    """

    transport = "files"
    key, name, note, cursor = "编号", "姓名", "备注", "更新时间"
    form = "csv"
    place: Place

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held: dict[str | None, Row] = {}
        self.days: list[str] = []
        self.to_mend = ""
        self.spill = folder / "spill"
        self.spill.mkdir()
        monkeypatch.setattr(csv_file, "BLOCK", 150)
        monkeypatch.setattr(other_files, "BATCH_ROWS", self.page)
        monkeypatch.setattr(workbook, "BATCH_ROWS", self.page)

    def options(self) -> Options:
        return {**self.place.options(), "spill": str(self.spill)}

    def denied(self) -> Options:
        return self.place.denied()

    def unreachable(self) -> Options:
        return self.place.unreachable()

    def put(self, rows: list[Row], drift: str | None = None, bom: bool = False) -> None:
        changed = [row for row in rows if self.held.get(row[self.key]) != row]
        whole = self.feed.delivery is Delivery.SNAPSHOT or not changed
        self.held = {} if drift else {row[self.key]: row for row in rows}
        self.drop(self._day(changed), rows if whole else changed, drift, bom)

    def drop(self, day: str, rows: list[Row], drift: str | None = None, bom: bool = False) -> None:
        """A file and its manifest. The second of a day is numbered, a mended one keeps its name."""
        count = self.days.count(day)
        self.days.append(day)
        new = f"{self.feed.name}_{day}{f'_{count:02d}' if count else ''}.{self.form}"
        name, self.to_mend = self.to_mend or new, new if drift in ("missing", "renamed") else ""
        names, table = _drifted(rows, list(self.feed.sources), drift, self.note)
        data = WRITERS[self.form](names, table, bom, self.note if drift == "retyped" else "")
        sha = hashlib.sha256(data).hexdigest()
        self.place.write(name, data)
        self.place.write(f"{name}.ok", f"rows={len(rows)}\nsha256={sha}\n".encode())

    def _day(self, rows: list[Row]) -> str:
        if self.feed.delivery is Delivery.SNAPSHOT or not rows:
            return f"202404{len(self.days) + 1:02d}"
        last = max(str(row[self.cursor]) for row in rows)
        return min(last[:10], "2024-12-31").replace("-", "")

    def put_with_bom(self, rows: list[Row]) -> None:
        self.put(rows, bom=True)

    @contextmanager
    def trouble(self, kind: str) -> Iterator[None]:
        assert kind == "page_repeated"
        self.drop("20241230", list(self.held.values()))
        yield

    @contextmanager
    def truncated(self) -> Iterator[Options]:
        with self.place.cut() as options:
            yield {**options, "spill": str(self.spill)}

    def cursor_from_the_future(self, ledger: Ledger) -> str:
        taken = json.loads(str(ledger.cursor))["files"]
        return json.dumps({"files": {**taken, f"{self.feed.name}_29990101.csv": "0" * 16}})


def _drifted(
    rows: list[Row], names: list[str], drift: str | None, note: str
) -> tuple[list[str], list[list[str | None]]]:
    if drift == "missing":
        names = [name for name in names if name != note]
    table = [[row[name] for name in names] for row in rows]
    if drift == "added":
        return ["more", *names], [["x", *values] for values in table]
    if drift == "renamed":
        names = ["说明" if name == note else name for name in names]
    return names, table


def _csv(names: list[str], table: list[list[str | None]], bom: bool, number: str) -> bytes:
    def quoted(value: str | None) -> str:
        return '"' + (value or "").replace('"', '""') + '"'

    lines = [",".join(map(quoted, row)) + "\r\n" for row in [names, *table]]
    return "".join(lines).encode("utf-8-sig" if bom else "gb18030")


def _xlsx(names: list[str], table: list[list[str | None]], bom: bool, number: str) -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, names)
    for at, row in enumerate(table, 1):
        for column, (name, value) in enumerate(zip(names, row, strict=True)):
            if name == number:
                sheet.write_number(at, column, int(str(value)))
            elif value is not None:
                sheet.write_string(at, column, value)
    book.close()
    return made.getvalue()


def _jsonl(names: list[str], table: list[list[str | None]], bom: bool, number: str) -> bytes:
    rows = [dict(zip(names, row, strict=True)) for row in table]
    typed = [{k: int(str(v)) if k == number else v for k, v in row.items()} for row in rows]
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in typed]
    return "".join(lines).encode("utf-8-sig" if bom else "utf-8")


def _parquet(names: list[str], table: list[list[str | None]], bom: bool, number: str) -> bytes:
    columns = {name: [row[i] for row in table] for i, name in enumerate(names)}
    arrays = {
        name: pa.array(map(int, values)) if name == number else pa.array(values, pa.string())
        for name, values in columns.items()
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays), sink)
    return bytes(sink.getvalue())


WRITERS = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl, "parquet": _parquet}
EVERYWHERE = {
    "a_row_that_slides_between_pages": NO_PAGES,
    "a_server_that_says_wait": NO_LIMIT,
    "a_token_that_expires_in_mid_paging": NO_TOKENS,
}


@dataclass
class Local:
    """A folder of this machine."""

    folder: Path

    def write(self, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)

    def options(self) -> Options:
        return {"url": str(self.folder)}

    def unreachable(self) -> Options:
        return {"url": str(self.folder / "gone")}

    @contextmanager
    def cut(self) -> Iterator[Options]:
        """The file holds half of what its manifest says: it is still being copied."""
        (path,) = (path for path in self.folder.iterdir() if path.suffix != ".ok")
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        yield self.options()
        path.write_bytes(whole)


class CsvIncrements(FilesBench):
    feed = INCREMENTS
    exempt: ClassVar = {
        **EVERYWHERE,
        "wrong_credentials_are_denied_and_never_shown": NO_ACCOUNTS,
        "a_column_retyped": ALL_TEXT,
        "a_deleted_row": NO_DELETIONS,
    }


class CsvSnapshots(FilesBench):
    feed = SNAPSHOTS
    exempt: ClassVar = {
        **EVERYWHERE,
        "wrong_credentials_are_denied_and_never_shown": NO_ACCOUNTS,
        "a_column_retyped": ALL_TEXT,
    }


class XlsxSnapshots(FilesBench):
    feed, form = SNAPSHOTS, "xlsx"
    exempt: ClassVar = {
        **EVERYWHERE,
        "wrong_credentials_are_denied_and_never_shown": NO_ACCOUNTS,
        "a_byte_order_mark": NO_BOM,
    }


class JsonLinesSnapshots(FilesBench):
    feed, form = SNAPSHOTS, "jsonl"
    exempt: ClassVar = {
        **EVERYWHERE,
        "wrong_credentials_are_denied_and_never_shown": NO_ACCOUNTS,
    }


class ParquetIncrements(FilesBench):
    feed, form = INCREMENTS, "parquet"
    exempt: ClassVar = {
        **EVERYWHERE,
        "wrong_credentials_are_denied_and_never_shown": NO_ACCOUNTS,
        "a_byte_order_mark": NO_BOM,
        "a_deleted_row": NO_DELETIONS,
    }


class _LocalFiles(Conformance):
    kind: type[FilesBench]

    @pytest.fixture
    def bench(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
        bench = self.kind(tmp_path, monkeypatch)
        (tmp_path / "drop").mkdir()
        bench.place = Local(tmp_path / "drop")
        return bench


class TestCsvIncrements(_LocalFiles):
    kind = CsvIncrements


class TestCsvSnapshots(_LocalFiles):
    kind = CsvSnapshots

    def test_a_file_dated_far_ahead_is_refused_and_hides_no_other(self, bench: Bench) -> None:
        assert isinstance(bench, FilesBench)
        bench.put(bench.rows())
        bench.drop("29990101", bench.rows(3))
        ledger = Ledger(bench)
        with pytest.raises(SourceInvalid, match=r"29990101.*more than a year ahead"):
            ledger.pull()
        assert not ledger.held


class TestXlsxSnapshots(_LocalFiles):
    kind = XlsxSnapshots


class TestJsonLinesSnapshots(_LocalFiles):
    kind = JsonLinesSnapshots


class TestParquetIncrements(_LocalFiles):
    kind = ParquetIncrements


@dataclass
class Sftp(Local):
    """The same folder behind an OpenSSH server, which knows one key."""

    port: int
    key: Path
    other_key: Path

    def options(self, port: int | None = None) -> Options:
        url = f"sftp://root@127.0.0.1:{port or self.port}{self.folder}"
        return {"url": url.replace("root", os.environ.get("USER") or "root"), **self._login()}

    def _login(self) -> Options:
        return {"key_filename": str(self.key)}

    def denied(self) -> Options:
        return {**self.options(), "key_filename": str(self.other_key), "passphrase": CANARY}

    def unreachable(self) -> Options:
        return self.options(_closed_port())

    @contextmanager
    def cut(self) -> Iterator[Options]:
        with cut_after(self.port, 30_000) as port:
            yield self.options(port)


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _ssh_key(path: Path, passphrase: str = "") -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="module")
def sftp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path, Path]]:
    """OpenSSH's own server on loopback: its port, a key that it knows and one that it does not."""
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    if not Path(program).exists():
        missing("sftp", "there is no sshd: install openssh-server")
    folder = tmp_path_factory.mktemp("sshd")
    known, other = _ssh_key(folder / "known"), _ssh_key(folder / "other", CANARY)
    host, port = _ssh_key(folder / "host"), _closed_port()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    settings = {
        "HostKey": host,
        "ListenAddress": f"127.0.0.1:{port}",
        "AuthorizedKeysFile": known.with_suffix(".pub"),
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "Subsystem": "sftp internal-sftp",
    }
    config = folder / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    log = (folder / "log").open("w")
    server = subprocess.Popen([program, "-D", "-e", "-f", str(config)], stderr=log)
    _wait_for(port)
    yield port, known, other
    server.terminate()
    server.wait()
    log.close()


def _wait_for(port: int) -> None:
    deadline = dt.datetime.now() + dt.timedelta(seconds=20)
    while dt.datetime.now() < deadline:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
    raise AssertionError("the server did not come up")


class SftpBench(FilesBench):
    feed = INCREMENTS
    exempt: ClassVar = {
        **EVERYWHERE,
        "a_column_retyped": ALL_TEXT,
        "a_deleted_row": NO_DELETIONS,
    }


class TestSftp(Conformance):
    @pytest.fixture
    def bench(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        sftp_server: tuple[int, Path, Path],
    ) -> Bench:
        bench = SftpBench(tmp_path, monkeypatch)
        (tmp_path / "drop").mkdir()
        bench.place = Sftp(tmp_path / "drop", *sftp_server)
        return bench


@dataclass
class S3:
    """A folder of a bucket."""

    endpoint: str
    bucket: str
    client: Any
    login: dict[str, str]

    def write(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"outbox/{name}", Body=data)

    def options(self, endpoint: str | None = None) -> Options:
        url = f"s3://{self.bucket}/outbox"
        return {"url": url, "endpoint_url": endpoint or self.endpoint, **self.login}

    def denied(self) -> Options:
        return {**self.options(), "secret": CANARY}

    def unreachable(self) -> Options:
        return self.options(f"http://127.0.0.1:{_closed_port()}")

    @contextmanager
    def cut(self) -> Iterator[Options]:
        with cut_after(int(self.endpoint.rpartition(":")[2]), 30_000) as port:
            yield self.options(f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def s3_server() -> Iterator[tuple[str, Any, dict[str, str]]]:
    """moto's server with access control on: its address, a client, and an account's key."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    login = _account(endpoint)
    unchecked = f"{endpoint}/moto-api/reset-auth"  # how many requests are not checked
    requests.post(unchecked, data="0", timeout=5).raise_for_status()
    yield endpoint, _aws("s3", endpoint, login), login
    requests.post(unchecked, data="inf", timeout=5).raise_for_status()
    server.stop()


def _aws(service: str, endpoint: str, login: dict[str, str]) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=login["key"],
        aws_secret_access_key=login["secret"],
    )


def _account(endpoint: str) -> dict[str, str]:
    iam = _aws("iam", endpoint, {"key": "nobody", "secret": "yet"})
    iam.create_user(UserName="hub")
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_user_policy(UserName="hub", PolicyName="all", PolicyDocument=policy)
    made = iam.create_access_key(UserName="hub")["AccessKey"]
    return {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}


class S3Bench(FilesBench):
    feed = SNAPSHOTS
    exempt: ClassVar = {**EVERYWHERE, "a_column_retyped": ALL_TEXT}


class TestS3(Conformance):
    @pytest.fixture
    def bench(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        s3_server: tuple[str, Any, dict[str, str]],
    ) -> Bench:
        endpoint, client, login = s3_server
        bucket = f"drop-{tmp_path.name.replace('_', '-').lower()}"[:60].rstrip("-")
        client.create_bucket(Bucket=bucket)
        bench = S3Bench(tmp_path, monkeypatch)
        bench.place = S3(endpoint, bucket, client, login)
        return bench
