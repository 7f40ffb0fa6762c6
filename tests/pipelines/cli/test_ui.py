"""hub ui ends what it started, also what does not listen."""

import subprocess
import sys

from pipelines.cli.ui import _ended

DEAF = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print(flush=True); sys.stdin.read()"
)


def test_a_process_that_does_not_end_by_itself_is_ended() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DEAF],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.terminate()
        _ended(process, patience_s=0.1)
        assert process.returncode == -9
