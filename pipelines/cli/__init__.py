"""The `hub` command: everything that people and cron do with the hub."""

from pipelines.cli.main import main

__all__ = ["main"]
