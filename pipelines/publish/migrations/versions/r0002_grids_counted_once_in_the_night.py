"""grids counted once in the night."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Tables only: what stands in them comes from the lake, when the night is published."""
    op.create_table(
        "grid_summary",
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("residents", sa.BigInteger(), nullable=True),
        sa.Column("over_80", sa.BigInteger(), nullable=True),
        sa.Column("children", sa.BigInteger(), nullable=True),
        sa.Column("floating", sa.BigInteger(), nullable=True),
        sa.Column("exposed_residents", sa.BigInteger(), nullable=True),
        sa.Column("open_wishes", sa.BigInteger(), nullable=True),
        sa.Column("inhabited_dwellings", sa.BigInteger(), nullable=True),
        sa.Column("households", sa.BigInteger(), nullable=True),
        sa.Column("dwellings", sa.BigInteger(), nullable=True),
        sa.Column("lettings", sa.BigInteger(), nullable=True),
        sa.Column("tickets", sa.BigInteger(), nullable=True),
        sa.Column("open_tickets", sa.BigInteger(), nullable=True),
        sa.Column("overdue_tickets", sa.BigInteger(), nullable=True),
        sa.Column("video_alerts", sa.BigInteger(), nullable=True),
        sa.Column("shops", sa.BigInteger(), nullable=True),
        sa.Column("components", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("grid_code", name="grid_summary_pkey"),
        schema="warehouse",
    )
    op.add_column(
        "grid", sa.Column("worker_phone_masked", sa.Text(), nullable=True), schema="warehouse"
    )
    op.add_column(
        "grid", sa.Column("worker_resident_id", sa.Text(), nullable=True), schema="warehouse"
    )
    op.drop_index(op.f("resident_name_birth_date_idx"), table_name="resident", schema="warehouse")
    op.create_index(
        "resident_birth_date_name_idx",
        "resident",
        ["birth_date", "name"],
        unique=False,
        schema="warehouse",
    )
