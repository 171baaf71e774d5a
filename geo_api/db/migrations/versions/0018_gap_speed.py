"""Gaps and reports of whole cities."""

from __future__ import annotations

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
