"""The store: everything that the services need of PostGIS, behind the Protocols of ``geo_api.services``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from geo_api.db.engine import Database
from geo_api.db.key_store import KeyStore
from geo_api.db.notices import Listener
from geo_api.db.plan_views import PlanViews
from geo_api.db.published import PublishedViews
from geo_api.db.use_cases import UseCases

if TYPE_CHECKING:
    from geo_api.db.claims import ClaimTables
    from geo_api.db.coverage_views import CoverageViews
    from geo_api.db.gazetteer_tables import GazetteerTables
    from geo_api.db.history import HistoryViews
    from geo_api.db.ledger import LedgerViews
    from geo_api.db.place_tables import PlaceTables
    from geo_api.db.plan_tables import PlanTables
    from geo_api.db.posters import PosterTables
    from geo_api.db.profiles import ProfileTables
    from geo_api.db.register_files import LifeTables
    from geo_api.db.register_store import RegisterTables
    from geo_api.db.reports import ReportTables
    from geo_api.db.rounds import RoundTables
    from geo_api.db.sampling import SamplingTables
    from geo_api.db.spread import SpreadViews
    from geo_api.db.staffing import StaffingTables
    from geo_api.db.tasks import TaskTables
    from geo_api.db.visit_intervals import IntervalViews
    from geo_api.db.visits.classes import ClassTables
    from geo_api.db.visits.due import DueViews
    from geo_api.db.visits.posted import VisitTables
    from geo_api.services.addresses.store import GazetteerStore
    from geo_api.services.claims.store import ClaimStore
    from geo_api.services.coverage.intervals import IntervalReader
    from geo_api.services.coverage_store import CoverageStore
    from geo_api.services.history import HistoryReader
    from geo_api.services.keys import KeyWriter
    from geo_api.services.ledger.store import LedgerReader
    from geo_api.services.load_report import RegisterStore
    from geo_api.services.place import PlaceStore
    from geo_api.services.plan_store import PlanStore
    from geo_api.services.ports import KeyReader, PlanReader, PublishedReader, Supervision
    from geo_api.services.profiles.store import ProfileStore
    from geo_api.services.register.store import LifeStore
    from geo_api.services.reports.store import ReportStore
    from geo_api.services.rounds.model import RoundStore
    from geo_api.services.sampling.model import SamplingStore
    from geo_api.services.staffing.store import StaffingStore
    from geo_api.services.tasks.model import TaskStore
    from geo_api.services.visits.class_model import ClassStore
    from geo_api.services.visits.due_model import DueReader
    from geo_api.services.visits.model import VisitStore


class Store:
    """PostGIS as the services see it. Safe to share between threads.

    Attributes:
        published: what is published, by day (:class:`geo_api.services.ports.PublishedReader`).
        history: cells over time, changes, entities (:class:`geo_api.services.history.HistoryReader`).
        plans: plans in any state (:class:`geo_api.services.ports.PlanReader`).
        keys: API keys (:class:`geo_api.services.ports.KeyReader`, :class:`geo_api.services.keys.KeyWriter`).
        supervision: the use cases that change something (:class:`geo_api.services.ports.Supervision`).
        register: where a dataset goes (:class:`geo_api.services.load_report.RegisterStore`).
        planning: where plans come from and go to (:class:`geo_api.services.plan_store.PlanStore`).
        places: where places given by hand go (:class:`geo_api.services.place.PlaceStore`).
        gazetteer: what addresses are found by (:class:`geo_api.services.addresses.store.GazetteerStore`).
        due: what due lists are found in (:class:`geo_api.services.visits.due_model.DueReader`).
        classing: credit classes proposed and confirmed (:class:`geo_api.services.visits.class_model.ClassStore`).
        visits: visits made (:class:`geo_api.services.visits.model.VisitStore`).
        posters: diagrams that hang in public (:class:`geo_api.services.posters.PosterStore`).
        coverage: what the coverage gaps are found in (:class:`geo_api.services.coverage_store.CoverageStore`).
        intervals: days of visits (:class:`geo_api.services.coverage.intervals.IntervalReader`).
        spread: cells with their entities and hours (:class:`geo_api.services.spread.SpreadReader`).
        claims: new and moved entities that wait for their officers (:class:`geo_api.services.claims.store.ClaimStore`).
        life: the register's life: changes, histories, duplicates (:class:`geo_api.services.register.store.LifeStore`).
        workload: visits, hours, staff, samples (:class:`geo_api.services.sampling.model.SamplingStore`).
        profiles: the rules of bureaus, by day (:class:`geo_api.services.profiles.store.ProfileStore`).
        ledgers: what ledgers are read from (:class:`geo_api.services.ledger.store.LedgerReader`).
        reports: issued reports, and what else they are made of (:class:`geo_api.services.reports.store.ReportStore`).
        staffing: officers, absences, patrol groups (:class:`geo_api.services.staffing.store.StaffingStore`).
        rounds: what visit plans are made from (:class:`geo_api.services.rounds.model.RoundStore`).
        tasks: cases and campaigns as tasks (:class:`geo_api.services.tasks.model.TaskStore`).
    """

    def __init__(self, database: str | Database) -> None:
        self.database = database if isinstance(database, Database) else Database(database)
        self.published = PublishedViews(self.database)
        self.plans = PlanViews(self.database)
        self.keys = KeyStore(self.database)
        self.supervision = UseCases(self)

    # These need pandas and the numeric packages: loaded when first asked for, so that a lookup starts fast.

    @cached_property
    def history(self) -> HistoryViews:
        """Cells over time, changes, entities."""
        from geo_api.db.history import HistoryViews

        return HistoryViews(self.database)

    @cached_property
    def register(self) -> RegisterTables:
        """Where a dataset goes."""
        from geo_api.db.register_store import RegisterTables

        return RegisterTables(self.database)

    @cached_property
    def planning(self) -> PlanTables:
        """Where plans come from and go to."""
        from geo_api.db.plan_tables import PlanTables

        return PlanTables(self.database)

    @cached_property
    def places(self) -> PlaceTables:
        """Where places given by hand go."""
        from geo_api.db.place_tables import PlaceTables

        return PlaceTables(self.database)

    @cached_property
    def gazetteer(self) -> GazetteerTables:
        """What addresses are found by."""
        from geo_api.db.gazetteer_tables import GazetteerTables

        return GazetteerTables(self.database)

    @cached_property
    def posters(self) -> PosterTables:
        """Diagrams that hang in public."""
        from geo_api.db.posters import PosterTables

        return PosterTables(self.database)

    @cached_property
    def coverage(self) -> CoverageViews:
        """What the coverage gaps are found in."""
        from geo_api.db.coverage_views import CoverageViews

        return CoverageViews(self.database)

    @cached_property
    def intervals(self) -> IntervalViews:
        """The days of visits."""
        from geo_api.db.visit_intervals import IntervalViews

        return IntervalViews(self.database)

    @cached_property
    def staffing(self) -> StaffingTables:
        """Officers, absences, patrol groups."""
        from geo_api.db.staffing import StaffingTables

        return StaffingTables(self.database)

    @cached_property
    def spread(self) -> SpreadViews:
        """Cells with their entities and hours."""
        from geo_api.db.spread import SpreadViews

        return SpreadViews(self.database)

    @cached_property
    def claims(self) -> ClaimTables:
        """New and moved entities that wait for their officers."""
        from geo_api.db.claims import ClaimTables

        return ClaimTables(self.database)

    @cached_property
    def life(self) -> LifeTables:
        """The register's life: changes, histories, duplicates."""
        from geo_api.db.register_files import LifeTables

        return LifeTables(self.database)

    @cached_property
    def profiles(self) -> ProfileTables:
        """The rules of bureaus, by day."""
        from geo_api.db.profiles import ProfileTables

        return ProfileTables(self.database)

    @cached_property
    def rounds(self) -> RoundTables:
        """What visit plans are made from, and those that were kept."""
        from geo_api.db.rounds import RoundTables

        return RoundTables(self.database)

    @cached_property
    def workload(self) -> SamplingTables:
        """Entities with their visits and hours, staff, samples."""
        from geo_api.db.sampling import SamplingTables

        return SamplingTables(self.database)

    @cached_property
    def tasks(self) -> TaskTables:
        """Cases and campaigns as tasks."""
        from geo_api.db.tasks import TaskTables

        return TaskTables(self.database)

    @cached_property
    def visits(self) -> VisitTables:
        """Visits made, and rows of files that are none."""
        from geo_api.db.visits.posted import VisitTables

        return VisitTables(self.database)

    @cached_property
    def ledgers(self) -> LedgerViews:
        """What ledgers are read from."""
        from geo_api.db.ledger import LedgerViews

        return LedgerViews(self.database)

    @cached_property
    def reports(self) -> ReportTables:
        """Issued reports, and what else they are made of."""
        from geo_api.db.reports import ReportTables

        return ReportTables(self.database)

    @cached_property
    def due(self) -> DueViews:
        """What due lists are found in."""
        from geo_api.db.visits.due import DueViews

        return DueViews(self.database)

    @cached_property
    def classing(self) -> ClassTables:
        """Classes proposed and confirmed, and the records that they rest on."""
        from geo_api.db.visits.classes import ClassTables

        return ClassTables(self.database)

    def as_recorded(self, moment: datetime | None) -> Store:
        """What was recorded at a moment, as a store that only reads; None = now, this one."""
        if moment is None:
            return self
        from geo_api.db.as_recorded import DatabaseThen

        return Store(DatabaseThen(self.database, moment))

    def ping(self) -> None:
        """Return when the database answers; StoreUnavailable otherwise."""
        with self.database.connection() as connection:
            connection.execute("select 1")

    def listen(self, on_change: Callable[[], None]) -> Listener:
        """Call ``on_change()`` (in another thread) after every change of what is published; ``close()`` it."""
        return Listener(self.database, on_change)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


if TYPE_CHECKING:  # the type checker holds the store to the Protocols that the services are written against

    def _fulfils(
        store: Store,
    ) -> tuple[
        PublishedReader,
        HistoryReader,
        PlanReader,
        KeyReader,
        KeyWriter,
        Supervision,
        RegisterStore,
        PlanStore,
        CoverageStore,
        PlaceStore,
        GazetteerStore,
        ClaimStore,
        LifeStore,
        IntervalReader,
        ProfileStore,
        SamplingStore,
        LedgerReader,
        ReportStore,
        StaffingStore,
        TaskStore,
        RoundStore,
        VisitStore,
        DueReader,
        ClassStore,
    ]:
        return (
            store.published,
            store.history,
            store.plans,
            store.keys,
            store.keys,
            store.supervision,
            store.register,
            store.planning,
            store.coverage,
            store.places,
            store.gazetteer,
            store.claims,
            store.life,
            store.intervals,
            store.profiles,
            store.workload,
            store.ledgers,
            store.reports,
            store.staffing,
            store.tasks,
            store.rounds,
            store.visits,
            store.due,
            store.classing,
        )
