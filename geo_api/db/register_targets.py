"""The tables of the register as staging sees them."""

from __future__ import annotations

from geo_api.db.staging import Target

TARGETS = (
    Target(
        "jurisdiction",
        ("code",),
        ("code", "name", "name_en", "level", "parent_code", "draws_cells", "geom"),
        text=("name_en", "parent_code"),
    ),
    Target(
        "profile",
        ("bureau_code",),
        ("bureau_code", "title_zh", "title_en", "timezone", "loaded_rules", "diagram"),
        text=("title_zh", "title_en"),
        # rules that somebody set since the last load stay, unless the dataset's own have changed
        extra=tuple(
            (name, f"case when coalesce(o.loaded_rules, o.rules) = s.loaded_rules then o.{name} else {otherwise} end")
            for name, otherwise in (("rules", "s.loaded_rules"), ("actor", "''"), ("reason", "''"))
        ),
    ),
    Target("boundary_line", ("digest",), ("kind", "name", "geom"), text=("name",), gone="end"),
    Target("base_unit", ("code",), ("code", "name", "kind", "geom"), text=("kind",), gone="end"),
    Target("market", ("code",), ("code", "name", "exclusive", "geom"), gone="end"),
    Target(
        "officer",
        ("officer_id",),
        ("officer_id", "name", "title", "telephone", "station_code", "joined", "function"),
        text=("title", "telephone", "station_code", "function"),
        since_ever=True,
    ),
)
ENTITY = Target(
    "entity",
    ("entity_id",),
    (
        "credit_code",
        "registration_no",
        "name",
        "address",
        "address_key",
        "industry",
        "credit_class",
        "licensed",
        "opened",
        "closed",
        "licence_until",
        "workload_hours",
    ),
    text=("credit_code", "registration_no", "name", "address", "address_key", "industry"),
    since_ever=True,
    extra=(
        ("entity_id", "s.entity_id"),
        # a place given by hand stays until the source gives one
        ("geom", "coalesce(s.geom, case when o.placed_by <> '' then o.geom end)"),
        ("placed_by", "case when s.geom is null then coalesce(o.placed_by, '') else '' end"),
    ),
)
UNIQUE_EVERYWHERE = frozenset({"jurisdiction", "profile", "officer"})
"""Tables whose keys no two datasets may share."""
