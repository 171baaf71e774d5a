"""Numbers for what is the same, held against numpy and scipy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridding.boundaries import segments_on_grid
from gridding.numbering import components, directed, distinct, merge_edges
from tests.gridding.topology_help import territories

whole = st.one_of(st.integers(-5, 5), st.integers(-(2**62), 2**62))
few = st.integers(0, 7)


@given(st.lists(whole, max_size=60))
def test_distinct_is_unique_with_its_inverse(values: list[int]) -> None:
    keys = np.array(values, np.int64)
    found, place = distinct(keys)
    expected, inverse = np.unique(keys, return_inverse=True)
    assert found.tolist() == expected.tolist()
    assert place.tolist() == inverse.tolist()


@given(st.lists(st.tuples(few, few), max_size=12))
def test_components_are_numbered_by_their_lowest_member(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    label = components(a, b, 8)
    graph = coo_array((np.ones(len(a), bool), (a, b)), shape=(8, 8))
    expected = connected_components(graph, directed=False)[1]
    assert ((label[:, None] == label) == (expected[:, None] == expected)).all()
    _, first = np.unique(label, return_index=True)
    assert first.tolist() == sorted(first.tolist())


edge = st.tuples(few, few, st.integers(0, 4), st.integers(-1, 1))


@given(st.lists(edge, max_size=30))
def test_edges_are_merged_as_sorting_them_would(edges: list[tuple[int, int, int, int]]) -> None:
    u, v, kind, winding = np.array(edges, np.int64).reshape(-1, 4).T
    got = merge_edges(u, v, kind.astype(np.int8), winding.astype(np.int8), 8)
    rows, duplicates = [], 0
    for key in sorted(set(zip(u.tolist(), v.tolist(), strict=True))):
        same = (u == key[0]) & (v == key[1])
        duplicates += max(int((kind[same] > 0).sum()), 1) - 1
        strongest, turns = int(kind[same].max()), int(winding[same].sum())
        if strongest > 0 or turns != 0:
            rows.append((*key, strongest, turns))
    assert list(zip(*(part.tolist() for part in got[:4]), strict=True)) == rows
    assert got[4] == duplicates


@given(territories())
def test_segments_run_from_the_lower_to_the_higher_end(territory: tuple) -> None:
    segments, ends = segments_on_grid(*territory)
    low, high = segments.xy[:, :2].tolist(), segments.xy[:, 2:].tolist()
    assert all(a < b for a, b in zip(low, high, strict=True))
    back, _, winding = directed(np.ascontiguousarray(segments.xy[:, [2, 3, 0, 1]]), segments.kind, segments.winding)
    assert (back == segments.xy).all()
    assert (winding == -segments.winding).all()
    # every end is an end of a piece, and what is beside it the piece's other end
    pieces = {tuple(row) for row in segments.xy.tolist()}
    for tip, beside in zip(ends.xy.tolist(), ends.neighbour.tolist(), strict=True):
        assert (*tip, *beside) in pieces or (*beside, *tip) in pieces
