"""Settings of a deployment, read from the environment: ``GRIDWARD_<NAME>``, and ``DATABASE_URL`` for the database."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from geo_api.clock import today_in
from geo_api.errors import BadRequest
from gridding.findings import Finding, Severity


class Settings(BaseSettings):
    """Everything that differs from one deployment to the next; immutable once read.

    Attributes:
        database_url: SQLAlchemy address of the PostGIS database (``DATABASE_URL``); None = none configured.
        host, port, workers: where the service listens, and with how many processes.
        base_path: path prefix under which a proxy shows the service ("" or "/gridward").
        timezone: IANA name of the deployment's time zone; "today" begins at its midnight.
        near_border_m: a point nearer to a cell's border than this is told so, metres.
        language: language of pages where none is asked for.
        map_approval_number, complaint_telephone, map_sources_zh, map_sources_en, key_industries: printed on diagrams;
            empty = as the loaded data set says.
        max_batch_points: points that one batch call may ask for.
        max_body_mb: largest request body, MiB.
        batch_concurrency, batch_queue: batches computed at the same time, each in a process of its own, and batches
            waiting for it; more are refused (503).
        work_concurrency, work_queue: the same for requests that need the database.
        retry_after_s: what a refused caller is told to wait, seconds.
        poll_s: the snapshot is compared with the database at least this often, seconds.
        days_cached: snapshots of other days that stay in memory.
        state: folder in which the last snapshot is kept, for a start while the database is away; "" = nowhere.
        address_confidence: an address is answered with a cell only where that is the right one with at least this
            (calibrated) probability; below it nobody is named.
        address_region: whose forms of address: "cn", or "us" for street-and-number addresses.
        ogc: whether OGC API Features and Tiles are served under /ogc.
        ogc_database_url: the database's address for OGC requests, its login the role gw_ogc; None = see
            ``geo_api.db.ogc_pool``.
        cors_origins: origins whose pages may ask (``https://map.example.org``), or ``*`` for all; empty = none.
        limit_requests, limit_points: requests, and points of batches, a minute that an address may ask for without a
            key; 0 = no limit. Keys have limits of their own.
        access_log: one line a request, without query, body, or address of the caller.
    """

    model_config = SettingsConfigDict(env_prefix="GRIDWARD_", frozen=True, extra="ignore", env_ignore_empty=True)

    database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("database_url", "DATABASE_URL", "GRIDWARD_DATABASE_URL")
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=256)
    base_path: str = ""
    timezone: str = "Asia/Shanghai"
    near_border_m: float = Field(default=10.0, ge=0, le=10_000, allow_inf_nan=False)
    language: Literal["zh", "en"] = "zh"

    map_approval_number: str = ""
    complaint_telephone: str = ""
    map_sources_zh: str = ""
    map_sources_en: str = ""
    key_industries: Annotated[tuple[str, ...], NoDecode] = ()

    max_batch_points: int = Field(default=1_000_000, ge=1)
    max_body_mb: float = Field(default=96.0, gt=0, allow_inf_nan=False)
    batch_concurrency: int = Field(default=1, ge=1)
    batch_queue: int = Field(default=8, ge=0)
    work_concurrency: int = Field(default=8, ge=1)
    work_queue: int = Field(default=64, ge=0)
    retry_after_s: int = Field(default=2, ge=1)
    poll_s: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    days_cached: int = Field(default=8, ge=1)
    state: str = ""
    address_confidence: float = Field(default=0.95, ge=0, le=1)
    address_region: Literal["cn", "us"] = "cn"
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    limit_requests: int = Field(default=0, ge=0, le=1_000_000_000)
    limit_points: int = Field(default=0, ge=0, le=1_000_000_000)
    access_log: bool = True
    ogc: bool = True
    ogc_database_url: str | None = None

    @field_validator("key_industries", "cors_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return tuple(v.strip() for v in value.split(",") if v.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _plain_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [v for v in value if v != "*" and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", v)]
        if wrong or ("*" in value and len(value) > 1):
            raise ValueError("origins such as https://map.example.org without a path, separated by commas; or * alone")
        return value

    @field_validator("base_path")
    @classmethod
    def _tidy_path(cls, value: str) -> str:
        path = "/" + value.strip("/") if value.strip("/") else ""
        if not all(c.isalnum() or c in "/-_.~" for c in path):
            raise ValueError("a path such as /gridward, of letters, digits, - _ . ~")
        return path

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            raise ValueError("an IANA name such as Asia/Shanghai") from unknown
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The deployment's time zone."""
        return ZoneInfo(self.timezone)

    def today(self) -> date:
        """The deployment's today."""
        return today_in(self.zone)

    def require_database(self) -> str:
        """The database's address; BadRequest where none is configured."""
        if not self.database_url:
            raise BadRequest(
                "no database is configured: set DATABASE_URL, e.g. "
                "postgresql+psycopg://gridward@127.0.0.1:5432/gridward (./run.sh starts a private one and sets it)"
            )
        return self.database_url


def load_settings(**changes: object) -> Settings:
    """Settings from the environment, ``changes`` (not None) on top; BadRequest names every setting that is wrong."""
    try:
        return Settings(**{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as problem:
        findings = tuple(_finding(error["loc"], error["msg"], error.get("input")) for error in problem.errors())
        raise BadRequest("; ".join(f.message for f in findings), findings) from None


def _finding(where: tuple[int | str, ...], expected: str, got: object) -> Finding:
    name = str(where[0]).removeprefix("GRIDWARD_")
    variable = "DATABASE_URL" if name.lower() == "database_url" else f"GRIDWARD_{name.upper()}"
    expected = expected.removeprefix("Value error, ")
    return Finding(
        rule="settings.invalid",
        severity=Severity.ERROR,
        message=f"setting {variable} is {got!r}; expected: {expected}",
        message_zh=f"设置 {variable} 的值 {got!r} 无效",
        where=variable,
    )
