"""A way to a server of this machine that breaks off: so many bytes come, and no more."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_after(port: int, size: int) -> Iterator[int]:
    """A port that leads to `port`. The first connection that has brought `size` bytes is closed in
    mid-answer; later ones are left alone.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    line = _Line(port, size)
    thread = threading.Thread(target=line.accept, args=(listener,))
    thread.start()
    try:
        yield listener.getsockname()[1]
        assert line.was_cut, "nothing came through that could have been cut"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        line.close()
        thread.join()


class _Line:
    def __init__(self, port: int, size: int) -> None:
        self.port, self.size, self.was_cut = port, size, False
        self.open: list[socket.socket] = []
        self.lock = threading.Lock()

    def accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self.port))
                self.open += [near, far]
                threading.Thread(target=self._pass, args=(near, far, None), daemon=True).start()
                threading.Thread(
                    target=self._pass, args=(far, near, self.size), daemon=True
                ).start()

    def _pass(self, source: socket.socket, sink: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if left is not None and self._cuts(left - len(data)):
                    sink.sendall(data[:left])
                    break
                left = None if left is None else left - len(data)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cuts(self, left: int) -> bool:
        with self.lock:
            cuts, self.was_cut = left < 0 and not self.was_cut, self.was_cut or left < 0
        return cuts

    def close(self) -> None:
        for end in self.open:
            with suppress(OSError):
                end.close()
