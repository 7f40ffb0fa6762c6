"""The files connector over SFTP and S3, against servers on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from connectors import Connector, FeedSpec, Pull, make
from foundation.errors import SourceDenied
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


def test_a_wrong_password_is_denied_and_never_shown(sftp: Sftp) -> None:
    source = over(sftp, password="wrong-canary")
    with pytest.raises(SourceDenied) as caught:
        source.check()
    assert "canary" not in str(caught.value) + repr(source)


def test_another_host_key_is_denied_before_the_password_is_sent(sftp: Sftp) -> None:
    with pytest.raises(SourceDenied, match="host key is SHA256:"):
        over(sftp, host_key="SHA256:other").check()
