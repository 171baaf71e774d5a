"""Pixels that hold edges, divided once more: one line of the processor's cache tells what covers 192 parts of one.

A part that no edge touches lies in one cell, and most points are in such parts. Only the others follow edges.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gridding.cover import covering
from gridding.edge_grid import UNCLEAR, EdgeGrid, answer, upward
from gridding.types import Int32Array

COLUMNS, ROWS = 16, 12
_PALETTE = 12
"""Words 0..11 of a record are rows, two bits for each part; 12..14 are what these bits stand for; 15 is BUSY."""
BUSY = -2


def build_fine_pixels(grid: EdgeGrid) -> Int32Array:
    """(q, 16) int32 records of the pixels that hold edges."""
    fine = np.empty((len(grid.corner), 16), np.int32)
    _divide(grid, fine)
    return fine


@njit(cache=True, nogil=True, error_model="numpy")
def _divide(grid: EdgeGrid, fine: np.ndarray) -> None:
    touched = np.empty(ROWS, np.int64)
    scratch = np.empty(grid.scratch, np.int32)
    for pixel in range(grid.side * grid.side):
        q = -2 - grid.code[pixel]
        if q >= 0 and grid.code[pixel] != UNCLEAR:
            x0 = grid.frame[0] + (pixel % grid.side) * grid.frame[2]
            y0 = grid.frame[1] + (pixel // grid.side) * grid.frame[3]
            _touch(grid, q, x0, y0, touched)
            _paint(grid, q, pixel, x0, y0, touched, fine[q], scratch)


@njit(cache=True, nogil=True, error_model="numpy")
def _touch(grid: EdgeGrid, q: int, x0: float, y0: float, touched: np.ndarray) -> None:
    """A bit for each part of a pixel that some edge touches or nearly touches."""
    pad_x, pad_y = grid.frame[4], grid.frame[5]
    width, height = grid.frame[2] / COLUMNS, grid.frame[3] / ROWS
    across, up = 1.0 / width, 1.0 / height
    touched[:] = 0
    for k in range(grid.first[q], grid.first[q + 1]):
        ax, ay, bx, by = upward(grid.vertices, grid.entries[k])
        lowest = int(min(max((ay - pad_y - y0) * up, 0.0), ROWS - 1.0))
        highest = int(min(max((by + pad_y - y0) * up, 0.0), ROWS - 1.0))
        slope = (bx - ax) / (by - ay) if by > ay else 0.0
        for row in range(lowest, highest + 1):
            x_in, x_out = ax, bx
            if by > ay:
                y_in = min(max(y0 + row * height - pad_y, ay), by)
                y_out = min(max(y0 + (row + 1) * height + pad_y, ay), by)
                x_in, x_out = ax + (y_in - ay) * slope, ax + (y_out - ay) * slope
            west = int(min(max((min(x_in, x_out) - pad_x - x0) * across, 0.0), COLUMNS - 1.0))
            east = int(min(max((max(x_in, x_out) + pad_x - x0) * across, 0.0), COLUMNS - 1.0))
            touched[row] |= (2 << east) - (1 << west)


@njit(cache=True, nogil=True, error_model="numpy")
def _paint(
    grid: EdgeGrid,
    q: int,
    pixel: int,
    x0: float,
    y0: float,
    touched: np.ndarray,
    record: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Write a record: parts beside each other that no edge touches lie in one cell, so few of them are looked up."""
    width, height = grid.frame[2] / COLUMNS, grid.frame[3] / ROWS
    colours, below, below_free = 0, 0, 0
    for i in range(_PALETTE, 16):
        record[i] = BUSY
    for row in range(ROWS):
        free = ~touched[row] & 0xFFFF
        word, column = 0, 0
        while column < COLUMNS:
            if not free >> column & 1:
                word |= 3 << 2 * column
                column += 1
                continue
            end = column + 1
            while end < COLUMNS and free >> end & 1:
                end += 1
            shared = below_free & ((1 << end) - (1 << column))
            if shared:
                at = 0
                while not shared >> at & 1:
                    at += 1
                colour = below >> 2 * at & 3
            else:
                _, n = covering(grid, q, pixel, x0 + (column + 0.5) * width, y0 + (row + 0.5) * height, scratch)
                value = answer(scratch, n, grid.station_of, grid.bare)
                colour = 0
                while colour < colours and record[_PALETTE + colour] != value:
                    colour += 1
                if value == UNCLEAR or colour == 3:
                    colour = 3
                elif colour == colours:
                    record[_PALETTE + colour] = value
                    colours += 1
            for c in range(column, end):
                word |= colour << 2 * c
            column = end
        record[row] = np.int32(np.uint32(word))
        below, below_free = word, free
