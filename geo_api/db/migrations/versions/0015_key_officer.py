"""Keys carry the officer whose they are."""

from __future__ import annotations

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
