"""The drop folder of a served county, read over SFTP from a real server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest
from plain_clients import Start

from connectors import Pull, make
from foundation.errors import SourceDenied
from sandbox.advance import advance
from schemas import FEEDS

CREMATION = FEEDS["civil_affairs.cremation"]


class OneAccount(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("hub", "right")


async def _listen(folder: Path) -> asyncssh.SSHAcceptor:
    return await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=OneAccount,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
    )


async def _close(server: asyncssh.SSHAcceptor) -> None:
    server.close()
    await server.wait_closed()


@contextmanager
def sftp_server(folder: Path) -> Iterator[int]:
    """An SFTP server that shows ``folder`` as its root; yields its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listen(folder), loop).result(10)
    try:
        yield server.get_port()
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def test_the_drop_is_read_over_sftp_file_by_file(start: Start) -> None:
    served = start(only="civil_affairs")
    pull = Pull(CREMATION.sources, CREMATION.key, delivery="increment")
    with sftp_server(Path(served.state.drop)) as port:
        options = {"url": f"sftp://hub@127.0.0.1:{port}/civil_affairs", "password": "right"}
        first = list(make("files", options, CREMATION).read(pull))
        assert sum(batch.rows.num_rows for batch in first) == 7
        advance(served.state.county, served.state.folder)
        again = Pull(CREMATION.sources, CREMATION.key, since=first[-1].cursor, delivery="increment")
        assert [batch.rows.num_rows for batch in make("files", options, CREMATION).read(again)] == [
            2
        ]
        with pytest.raises(SourceDenied):
            list(make("files", options | {"password": "wrong"}, CREMATION).read(pull))
