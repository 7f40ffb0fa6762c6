"""past records are asked for by resident."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Tables only: what stands in them comes from the lake, when the night is published."""
    for table in ("crosswalk_history", "household_member_history"):
        op.create_index(f"{table}_resident_id_idx", table, ["resident_id"], schema="warehouse")
