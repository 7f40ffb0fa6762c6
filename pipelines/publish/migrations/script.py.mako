"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = "${up_revision}"
down_revision = "${down_revision}"


def upgrade() -> None:
    """Tables only: what stands in them comes from the lake, when the night is published."""
    ${upgrades if upgrades else "pass"}
