"""The files connector over SFTP and S3, against servers on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from connectors import Connector, FeedSpec, Pull, make
from foundation.errors import SourceDenied, SourceInvalid, SourceUnreachable
from tests.connectors.dropping import COLUMNS, csv, drop
from tests.connectors.reading import batches, rows

FEED = FeedSpec("civil_affairs", "cremation", "cremation")
PULL = Pull(COLUMNS, ("火化证号",), delivery="increment")
PASSWORD = "sftp-canary"


class _Login(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == PASSWORD


@dataclass
class Sftp:
    port: int
    host_key: str
    folder: Path


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sftp]:
    """An SFTP server whose root is a folder of the test."""
    folder = tmp_path_factory.mktemp("drop")
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()

    async def start() -> Any:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=_Login,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=bytes(folder)),
        )

    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield Sftp(server.get_port(), key.get_fingerprint(), folder)
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def over(sftp: Sftp, **options: Any) -> Connector:
    url = f"sftp://hub@127.0.0.1:{sftp.port}/"
    return make("files", {"url": url, "password": PASSWORD, **options}, FEED)


def test_files_come_over_sftp(sftp: Sftp) -> None:
    drop(sftp.folder, "cremation_20260101.csv", csv("1,王芳,x"), 1)
    many = csv(*[f"{i},张三,某处" for i in range(50_000)])
    drop(sftp.folder, "cremation_20260102.csv", many, 50_000)
    source = over(sftp, host_key=sftp.host_key)
    found = batches(source, PULL)
    assert len(rows(found)) == 50_001
    source.check()


def test_a_file_cut_on_the_way_is_refused(sftp: Sftp) -> None:
    path = drop(sftp.folder, "cremation_20260103.csv", csv("3,李四,x"), 1)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(SourceInvalid, match=r"cremation_20260103\.csv does not have the checksum"):
        batches(over(sftp), PULL)
    path.unlink()


def test_a_wrong_password_is_denied_and_never_shown(sftp: Sftp) -> None:
    source = over(sftp, password="wrong-canary")
    with pytest.raises(SourceDenied) as caught:
        source.check()
    assert "canary" not in str(caught.value) + repr(source)


def test_another_host_key_is_denied_before_the_password_is_sent(sftp: Sftp) -> None:
    with pytest.raises(SourceDenied, match="host key is SHA256:"):
        over(sftp, host_key="SHA256:other").check()


def test_a_server_that_is_down_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SourceUnreachable) as caught:
        over(Sftp(port, "", Path())).check()
    assert caught.value.retryable


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3 server with the bucket `drop`."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_files_come_from_s3(s3: str, tmp_path: Path) -> None:
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed")
    access = {"key": "k", "secret": "s", "endpoint_url": s3}
    fs = s3fs.S3FileSystem(**access, skip_instance_cache=True)
    fs.mkdir("drop")
    path = drop(tmp_path, "cremation_20260101.csv", csv("1,王芳,x"), 1)
    fs.put_file(str(path), f"drop/civil_affairs/{path.name}")
    fs.put_file(f"{path}.ok", f"drop/civil_affairs/{path.name}.ok")
    options = {"url": "s3://drop/civil_affairs", **access}
    found = batches(make("files", options, FEED), PULL)
    assert [row["姓名"] for row in rows(found)] == ["王芳"]
    with pytest.raises(SourceUnreachable, match="not there"):
        make("files", {**options, "url": "s3://drop/elsewhere"}, FEED).check()
