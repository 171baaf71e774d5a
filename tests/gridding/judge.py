"""Judges of plans, written anew and apart from what they judge."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from tests.gridding.cities import City


def pieces(city: City, labels: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of each cell, and parts of the territory that it lies in."""
    a, b = city.pairs.T

    def count(edges: np.ndarray) -> np.ndarray:
        n = city.blocks
        graph = sp.coo_matrix((np.ones(edges.sum()), (a[edges], b[edges])), shape=(n, n))
        return connected_components(graph, directed=False)[1]

    piece, part = count(labels[a] == labels[b]), count(np.ones(len(a), bool))
    return (
        np.array([len(np.unique(piece[labels == c])) for c in range(cells)]),
        np.array([len(np.unique(part[labels == c])) for c in range(cells)]),
    )
