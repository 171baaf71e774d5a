"""Visits that name nobody in the register or come twice, and the credit classes that people proposed and confirmed."""

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geo_api.db.tables.base import CURRENT, NOW, metadata, recorded
from geo_api.db.tables.register import entity_identity

visit_unmatched = Table(
    "visit_unmatched",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("register", Text, nullable=False, comment="the dataset whose entities the visit may mean"),
    Column("file", Text, nullable=False, server_default="", comment="empty = posted"),
    Column("row_no", BigInteger, nullable=False, comment="as the user sees it"),
    Column("repeat_no", Integer, nullable=False, comment="0, 1, ... of the rows with this visit_id in the file"),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default="", comment="what is wrong, or which visit it repeats"),
    Column("visit_id", Text, nullable=False),
    Column("entity", Text, nullable=False, comment="as written"),
    Column("made_on", Date, comment="null = not understood"),
    Column("kind", Text, nullable=False, server_default=""),
    Column("officer_id", Text),
    Column("result", Text, nullable=False, server_default=""),
    Column("officers", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("purpose", Text, nullable=False, server_default=""),
    Column("findings", Text, nullable=False, server_default=""),
    Column("notice_no", Text, nullable=False, server_default=""),
    Column("rectify_by", Date),
    Column("revisit_of", Text),
    Column("minutes", Integer),
    Column("received_at", DateTime(timezone=True)),
    Column("actor", Text, nullable=False, server_default=""),
    Column("digest", Text, nullable=False),
    *recorded(),
    CheckConstraint("reason in ('unmatched', 'repeat', 'refused', 'withdrawn')", name="reason"),
    CheckConstraint("reason = 'refused' or (made_on is not null and kind <> '' and result <> '')", name="content"),
    comment="rows of visits that are not in inspection: kept with their row and the reason; unmatched ones are matched later",
)
Index(
    "uq_visit_unmatched_visit_id",
    visit_unmatched.c.source,
    visit_unmatched.c.visit_id,
    visit_unmatched.c.repeat_no,
    unique=True,
    postgresql_where=text(CURRENT),
)
Index(
    "ix_visit_unmatched_entity",
    visit_unmatched.c.entity,
    postgresql_where=text("recorded_to is null and reason = 'unmatched'"),
)

class_proposal = Table(
    "class_proposal",
    metadata,
    Column("proposal_id", BigInteger, Identity(always=True), primary_key=True),
    Column("entity_id", BigInteger, ForeignKey(entity_identity.c.entity_id), nullable=False),
    Column("day", Date, nullable=False, comment="the day whose record counts"),
    Column("was", Text, nullable=False),
    Column("proposed", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint("reason <> '' and proposed <> ''", name="reason"),
    comment="classes that a person proposed; those that follow from the record are computed when asked for",
)
Index("ix_class_proposal_entity_id", class_proposal.c.entity_id)

class_decision = Table(
    "class_decision",
    metadata,
    Column("decision_id", BigInteger, Identity(always=True), primary_key=True),
    Column("entity_id", BigInteger, ForeignKey(entity_identity.c.entity_id), nullable=False),
    Column("on", Date, nullable=False, comment="first day of the confirmed class"),
    Column("was", Text, nullable=False),
    Column("proposed", Text, nullable=False, comment="what the record or a person proposed; empty = nothing"),
    Column("confirmed", Text, nullable=False),
    Column("source_class", Text, nullable=False, comment="what the register said: a load does not undo the decision"),
    Column("rule", Text, nullable=False, server_default="", comment="of the proposal from the record"),
    Column("visits", JSONB, nullable=False, server_default=text("'[]'"), comment="the visits that it rests on"),
    Column("proposal_id", BigInteger, ForeignKey(class_proposal.c.proposal_id)),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint("reason <> '' and confirmed <> ''", name="reason"),
    UniqueConstraint("proposal_id", name="uq_class_decision_proposal_id"),
    comment="classes that a person confirmed",
)
Index("ix_class_decision_entity_id", class_decision.c.entity_id, class_decision.c.decision_id)
