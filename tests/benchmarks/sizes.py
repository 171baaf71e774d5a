"""How much is measured: seconds as a test, minutes at the desk, an hour at night."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Size:
    """A size of the benchmarks.

    Attributes:
        seeds: of the cities; the engine was tuned on other cities.
        shrink: blocks and cells are divided by this; only 1 is true to the goals' scale.
        patient: the slow peers and the largest graphs too.
        exact_s: seconds that the optimum of a tiny instance may take.
        tiny: tiny instances.
        slow_peer_s: seconds that gerrychain or spopt may take.
    """

    name: str
    seeds: tuple[int, ...]
    shrink: int = 1
    patient: bool = False
    exact_s: float = 10.0
    tiny: int = 6
    slow_peer_s: float = 30.0

    @property
    def true_to_scale(self) -> bool:
        """Whether goals on times can be judged."""
        return self.shrink == 1

    def scaled(self, blocks: int, cells: int) -> tuple[int, int]:
        """Blocks and cells at this size: blocks a cell stay about the same, at least 6 cells."""
        few = max(min(cells, 6), cells // self.shrink)
        return (blocks * few // cells, few) if self.shrink > 1 else (blocks, cells)

    def fewer(self, seeds: int) -> Size:
        """The same with fewer seeds, where it is not the full size."""
        return self if self.patient else replace(self, seeds=self.seeds[:seeds])


SIZES = {
    "small": Size("small", (101, 102), shrink=20, exact_s=5.0, tiny=2, slow_peer_s=10.0),
    "medium": Size("medium", (101, 102, 103)),
    "full": Size("full", (101, 102, 103, 104, 105), patient=True, exact_s=20.0, tiny=16, slow_peer_s=100.0),
}
