"""shops name their organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Tables only: what stands in them comes from the lake, when the night is published."""
    op.add_column(
        "organisation", sa.Column("entity_id", sa.Text(), nullable=True), schema="warehouse"
    )
    op.create_index("organisation_entity_id_idx", "organisation", ["entity_id"], schema="warehouse")
