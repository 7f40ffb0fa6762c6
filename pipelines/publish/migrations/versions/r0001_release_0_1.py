"""The tables of release 0.1, before which there were no revisions."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Tables only: what stands in them comes from the lake, when the night is published."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.removesuffix(";\n").split(";\n"):
        op.execute(statement)
