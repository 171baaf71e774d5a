"""Everything that makes a territory hard at once: giants, pockets, islands, enclaves, empty blocks, locks, fixed cells, a plan in force."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridding import PartitionResult, partition_graph
from tests.gridding.cities import City, grid_city
from tests.gridding.judge import pieces

TOLERANCE = 0.05


@dataclass(frozen=True)
class Case:
    """A hard city and what is asked for.

    ``witness`` is a plan with connected cells that keeps every lock and every fixed cell, so that all that is asked for is
    possible but for the balance. ``labels`` is what is left of it as the present plan: some blocks are new or have
    another cell.
    """

    city: City
    cells: int
    witness: np.ndarray
    labels: np.ndarray
    locked: np.ndarray
    fixed: tuple[int, ...]

    def drawn(self, *, shuffled: int | None = None) -> PartitionResult:
        city = self.city
        order = np.arange(len(city.pairs))
        pairs = city.pairs
        if shuffled is not None:
            rng = np.random.default_rng(shuffled)
            rng.shuffle(order)
            pairs = np.where(rng.random((len(order), 1)) < 0.5, pairs[order], pairs[order][:, ::-1])
        return partition_graph(
            pairs, city.border_length_m[order], city.border_cost[order], city.workload, self.cells,
            tolerance=TOLERANCE, centres=city.centres, labels=self.labels, locked=self.locked, fixed_cells=self.fixed,
            explain=False,
        )  # fmt: skip


def hung_on(city: City, hosts: np.ndarray, rng: np.random.Generator) -> City:
    """The city with a block more inside of each host, which only the host leads to: an enclave, or a pocket."""
    new = city.blocks + np.arange(len(hosts))
    count = len(hosts)
    return City(
        np.concatenate([city.pairs, np.stack([new, hosts], 1)]),
        np.concatenate([city.border_length_m, rng.uniform(5, 200, count)]),
        np.concatenate([city.border_cost, rng.uniform(5, 200, count)]),
        np.concatenate([city.workload, rng.choice([0.0, 3.0, 60.0], count)]),
        np.concatenate([city.centres, city.centres[hosts] + rng.normal(0, 10, (count, 2))]),
    )


def grown(city: City, cells: int, rng: np.random.Generator) -> np.ndarray:
    """A plan grown from random blocks; a part of the territory without one is of any cell."""
    labels = np.full(city.blocks, -1)
    labels[rng.choice(city.blocks, cells, replace=False)] = np.arange(cells)
    while (labels < 0).any():
        a, b = np.concatenate([city.pairs, city.pairs[:, ::-1]]).T
        front = np.flatnonzero((labels[a] >= 0) & (labels[b] < 0))
        if len(front):
            edge = rng.choice(front)
            labels[b[edge]] = labels[a[edge]]
        else:
            labels[rng.choice(np.flatnonzero(labels < 0))] = rng.integers(cells)
    return labels


@st.composite
def cases(draw: st.DrawFn) -> Case:
    city = grid_city(
        draw(st.integers(2, 6)), draw(st.integers(2, 7)), draw(st.integers(0, 10_000)),
        zero_share=draw(st.sampled_from([0.0, 0.2, 0.6])), missing=draw(st.sampled_from([0.0, 0.3])),
        skew=draw(st.sampled_from([0.3, 1.0])), islands=draw(st.integers(1, 3)),
    )  # fmt: skip
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    city = hung_on(city, rng.integers(0, city.blocks, draw(st.integers(0, 4))), rng)
    cells = draw(st.integers(1, min(8, city.blocks)))
    witness = grown(city, cells, rng)

    work = city.workload * rng.uniform(0.7, 1.4, city.blocks)
    giants = rng.integers(0, city.blocks, draw(st.integers(0, 2)))
    work[giants] += (1 + city.workload.sum()) * rng.uniform(0.3, 2.0, len(giants))
    city = replace(city, workload=work)

    locked = rng.random(city.blocks) < draw(st.sampled_from([0.0, 0.05, 0.3, 1.0]))
    fixed = tuple(draw(st.lists(st.integers(0, cells - 1), max_size=cells - 1, unique=True)))
    labels = witness.copy()
    free = np.flatnonzero(~locked & ~np.isin(witness, fixed))
    loose = [-1, cells, *(c for c in range(cells) if c not in fixed)]
    noise = free[rng.random(len(free)) < draw(st.sampled_from([0.0, 0.1, 0.5]))]
    labels[noise] = rng.choice(loose, len(noise))
    return Case(city, cells, witness, labels, locked, fixed)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.integers(0, 1000))
def test_a_redraw_of_a_hard_city_keeps_every_promise(case: Case, seed: int) -> None:
    result = case.drawn()
    labels = result.labels
    assert set(labels.tolist()) == set(range(case.cells)), "no cell is empty"
    np.testing.assert_array_equal(labels[case.locked], case.labels[case.locked])
    for cell in case.fixed:
        np.testing.assert_array_equal(labels == cell, case.labels == cell)
    per_cell, parts = pieces(case.city, labels, case.cells)
    np.testing.assert_array_equal(per_cell, parts)
    assert result.contiguous.all()
    assert result.max_abs_deviation >= result.lower_bound - 1e-9
    again = case.drawn(shuffled=seed)
    np.testing.assert_array_equal(again.labels, labels)
    assert again.border_cost == result.border_cost
