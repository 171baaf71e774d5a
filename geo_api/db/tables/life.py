"""What became of entities: claims, the unlicensed, and who is the same as whom. Steps are added, never changed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from geo_api.db.tables.base import NOW, metadata
from geo_api.db.tables.register import entity_identity


def _done() -> list[Column]:
    """Who took a step, why, on which day, and when it was recorded."""
    return [
        Column("reason", Text, nullable=False, server_default=""),
        Column("actor", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("day", Date, nullable=False, comment="the day on which it counts"),
        Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    ]


claim_step = Table(
    "claim_step",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("entity_id", BigInteger, ForeignKey(entity_identity.c.entity_id), nullable=False),
    Column("claim_no", Integer, nullable=False, comment="1, 2, ... of the entity"),
    Column("step_no", Integer, nullable=False, comment="1, 2, ... of the claim: nobody takes the same step twice"),
    Column("step", Text, nullable=False),
    Column("cell_code", Text, nullable=False, comment="the cell that the entity fell into"),
    Column("fell_on", Date, nullable=False),
    Column("to_cell", Text, nullable=False, server_default="", comment="of wrong, transferred, decided: whose it is"),
    Column("officer_id", Text, nullable=False, server_default=""),
    Column("document", Text, nullable=False, server_default="", comment="number of the transfer form"),
    *_done(),
    UniqueConstraint("entity_id", "claim_no", "step_no", name="uq_claim_step_once"),
    CheckConstraint(
        "step in ('fell', 'claimed', 'wrong', 'transferred', 'disputed', 'decided', 'lapsed', 'redrawn')", name="step"
    ),
    CheckConstraint("(step = 'fell') = (step_no = 1)", name="begins"),
    CheckConstraint(
        "case when step in ('wrong', 'transferred', 'decided', 'redrawn') then to_cell <> '' "
        "else to_cell = '' or step = 'claimed' end",
        name="to_cell",
    ),
    CheckConstraint("officer_id <> '' or step not in ('claimed', 'transferred')", name="officer"),
    CheckConstraint("document <> '' or step not in ('wrong', 'redrawn')", name="document"),
    CheckConstraint("reason <> '' or step not in ('wrong', 'disputed', 'decided', 'lapsed')", name="reason"),
    comment="the life of claims; geo_api.supervision.claims says which step may follow which",
)
Index("ix_claim_step_cell_code", claim_step.c.cell_code, claim_step.c.fell_on)

unlicensed_step = Table(
    "unlicensed_step",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("entity_id", BigInteger, ForeignKey(entity_identity.c.entity_id), nullable=False),
    Column("step_no", Integer, nullable=False, comment="1, 2, ... of the entity"),
    Column("step", Text, nullable=False),
    Column("officer_id", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("became_entity_id", BigInteger, ForeignKey(entity_identity.c.entity_id)),
    Column("client_id", Text, nullable=False, server_default="", comment="made by the handheld; empty = none"),
    *_done(),
    UniqueConstraint("entity_id", "step_no", name="uq_unlicensed_step_once"),
    CheckConstraint(
        "step in ('discovered', 'notice', 'guided', 'licensed', 'removed', 'referred', 'closed')", name="step"
    ),
    CheckConstraint("(step = 'discovered') = (step_no = 1)", name="begins"),
    CheckConstraint("(became_entity_id is not null) = (step = 'licensed')", name="became"),
    comment="the ledger of the unlicensed, from discovery to licence or removal",
)
Index(
    "uq_unlicensed_step_client_id",
    unlicensed_step.c.client_id,
    unique=True,
    postgresql_where=text("client_id <> ''"),
)

same_entity = Table(
    "same_entity",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("entity_id", BigInteger, ForeignKey(entity_identity.c.entity_id), nullable=False),
    Column("other_id", BigInteger, ForeignKey(entity_identity.c.entity_id), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("kept_id", BigInteger, ForeignKey(entity_identity.c.entity_id), comment="the one that goes on"),
    *_done(),
    CheckConstraint("entity_id < other_id", name="pair"),
    CheckConstraint("verdict in ('same', 'different')", name="verdict"),
    CheckConstraint("(kept_id is not null) = (verdict = 'same')", name="kept"),
    CheckConstraint("kept_id in (entity_id, other_id)", name="kept_one"),
    CheckConstraint("reason <> ''", name="reason"),
    comment="what people decided about entities that look alike; the last row of a pair counts",
)
Index("ix_same_entity_entity_id", same_entity.c.entity_id, same_entity.c.other_id)
Index("ix_same_entity_other_id", same_entity.c.other_id)
