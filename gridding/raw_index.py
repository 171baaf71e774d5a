"""Single points: the index handed to compiled code as one array of addresses.

To hand it over array by array takes longer than to answer a point. Whoever calls must keep the index alive meanwhile.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, njit, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

from gridding.borders import Index, border_one, territory_one
from gridding.cover import cover_one
from gridding.edge_boxes import EdgeBoxes
from gridding.edge_grid import EdgeGrid
from gridding.types import IntArray


def addresses_of(index: Index) -> IntArray:
    """Address and length of each array of an index, then its numbers: what index_at() reads."""
    parts: list[np.ndarray] = [
        *(part for part in index.grid if isinstance(part, np.ndarray)),
        index.fine,
        *index.boxes,
        index.run_first,
        index.runs,
        index.metric,
    ]
    if not all(part.flags.c_contiguous and part.flags.aligned for part in parts):
        raise AssertionError("compiled code reads contiguous arrays alone")
    numbers = [index.grid.side, index.grid.scratch, index.cells, index.widest]
    return np.array([*(n for part in parts for n in (part.ctypes.data, len(part))), *numbers], np.int64)


def _as_pointer(_context: Any, _address: Any, kind: Any) -> Any:
    """An address as a pointer to numbers of a kind."""
    target: Any = types.CPointer(kind.dtype)  # type: ignore[no-untyped-call]

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(target))

    return target(types.int64, kind), generate


_pointer: Any = intrinsic(_as_pointer)


@njit(cache=True, nogil=True, error_model="numpy")
def index_at(at: np.ndarray) -> Index:
    """The index at these addresses."""
    return Index(
        EdgeGrid(
            carray(_pointer(at[0], np.float64), (at[1], 2)),
            carray(_pointer(at[2], np.int32), (at[3], 2)),
            carray(_pointer(at[4], np.int32), (at[5],)),
            carray(_pointer(at[6], np.int32), (at[7],)),
            carray(_pointer(at[8], np.int32), (at[9],)),
            carray(_pointer(at[10], np.int32), (at[11],)),
            carray(_pointer(at[12], np.int32), (at[13],)),
            carray(_pointer(at[14], np.int32), (at[15],)),
            carray(_pointer(at[16], np.int32), (at[17],)),
            carray(_pointer(at[18], np.bool_), (at[19],)),
            carray(_pointer(at[20], np.float64), (at[21],)),
            at[34],
            at[35],
        ),
        carray(_pointer(at[22], np.int32), (at[23], 16)),
        EdgeBoxes(carray(_pointer(at[24], np.float32), (at[25], 4)), carray(_pointer(at[26], np.int64), (at[27],))),
        carray(_pointer(at[28], np.int32), (at[29],)),
        carray(_pointer(at[30], np.int32), (at[31], 2)),
        carray(_pointer(at[32], np.float64), (at[33],)),
        at[36],
        at[37],
    )


@njit(cache=True, nogil=True, error_model="numpy")
def border_one_at(at: np.ndarray, x: float, y: float) -> tuple[int, int, float, int]:
    """borders.border_one()."""
    return border_one(index_at(at), x, y)


@njit(cache=True, nogil=True, error_model="numpy")
def territory_one_at(at: np.ndarray, pixel: int, x: float, y: float) -> tuple[int, int]:
    """borders.territory_one()."""
    return territory_one(index_at(at), pixel, x, y)


@njit(cache=True, nogil=True, error_model="numpy")
def cover_one_at(at: np.ndarray, pixel: int, x: float, y: float) -> tuple[int, int]:
    """cover.cover_one()."""
    return cover_one(index_at(at).grid, pixel, x, y)
