"""Faces between carriageways: strips and junction boxes that are street, not ground, and the side that they go to.

A street drawn as two one-way carriageways has a strip between them, cut by every cross street. No one works there, so a strip
is no block. All strips of a street go to the same side of it: a border along the street then runs along one carriageway from
end to end, and does not change over at every crossing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridding.arrays import sums
from gridding.types import FloatArray, IntArray, LineKind

STRIP_M, STRIP_RATIO = 12.0, 10.0
"""Any face narrower than this and at least so many times as long as it is wide is a strip."""

DUAL_M, DUAL_RATIO, DUAL_SHARE = 30.0, 4.0, 0.75
"""So is a wider and shorter one that secondary or stronger streets bound for this share of its perimeter."""

BOX_M, BOX_SHARE = 12.5, 0.9
"""A junction box: mean width (2 x area / perimeter) below this, bounded by such streets for this share."""

ALIKE = 1.25
"""Two sides of a strip whose costs of a metre differ by no more than this factor are alike."""

_STREETS = (LineKind.SECONDARY, LineKind.MAIN, LineKind.EXPRESSWAY)
_IS_STREET = np.isin(np.arange(max(LineKind) + 1), _STREETS)
_EAST = np.array([np.cos(0.37), np.sin(0.37)])
# Strips go to their east-north-easterly side. The rule is undecided only for streets that run 21 degrees north of east, as few
# street grids do, so neighbouring strips decide alike.


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges between faces.

    Attributes:
        left, right: (m,) face on either side, -1 = outside.
        kind: (m,) :class:`LineKind`.
        east, north: (m,) metres from start to end.
        length_m: (m,) metres.
    """

    left: IntArray
    right: IntArray
    kind: NDArray[np.int8]
    east: FloatArray
    north: FloatArray
    length_m: FloatArray

    def of(self, chosen: NDArray[np.bool_]) -> Edges:
        """The edges chosen."""
        left, right, kind = self.left[chosen], self.right[chosen], self.kind[chosen]
        return Edges(left, right, kind, self.east[chosen], self.north[chosen], self.length_m[chosen])


def rectangles(area_m2: FloatArray, perimeter_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Width and length in metres of the rectangle that has a face's area and perimeter; a rounder face counts as a square."""
    half = perimeter_m / 2
    root = np.sqrt(np.maximum(half**2 - 4 * area_m2, 0.0))
    return (half - root) / 2, (half + root) / 2


def find_strips(edges: Edges, area_m2: FloatArray, perimeter_m: FloatArray) -> NDArray[np.bool_]:
    """(faces,) which faces are strips or junction boxes, whatever their area; see the limits of this module."""
    faces = len(area_m2)
    street = _IS_STREET[edges.kind]
    along = np.zeros(faces)
    for side in (edges.left, edges.right):
        mine = street & (side >= 0) & (edges.left != edges.right)
        along += sums(side[mine], edges.length_m[mine], faces)
    share = along / np.maximum(perimeter_m, 1e-9)
    width, length = rectangles(area_m2, perimeter_m)
    strip = (width < STRIP_M) & (length >= STRIP_RATIO * width)
    dual = (width < DUAL_M) & (length >= DUAL_RATIO * width) & (share >= DUAL_SHARE)
    box = (2 * area_m2 < BOX_M * perimeter_m) & (share >= BOX_SHARE)
    return np.asarray(strip | dual | box)


def towards_one_side(edges: Edges, dislike: FloatArray, faces: int) -> FloatArray:
    """(2m,) metres by which each edge bounds a face on the side that strips go to: first as seen from left, then from right.

    The sides lie at right angles to the direction in which most of the face's edges run. A strip goes across the side
    with the lines that planners like less as a border; where both are alike, across the one that points east-north-east.
    A square has no such direction and goes east-north-east itself.

    Args:
        edges: edges between faces.
        dislike: (m,) cost of a metre of border.
        faces: number of faces.
    """
    double = np.zeros((2, faces))
    length = np.maximum(edges.length_m, 1e-9)
    cosine, sine = (edges.east**2 - edges.north**2) / length, 2 * edges.east * edges.north / length
    total = np.zeros(faces)
    for side in (edges.left, edges.right):
        mine = side >= 0
        double[0] += sums(side[mine], cosine[mine], faces)
        double[1] += sums(side[mine], sine[mine], faces)
        total += sums(side[mine], length[mine], faces)
    angle = np.arctan2(double[1], double[0]) / 2
    normal = np.stack([-np.sin(angle), np.cos(angle)])
    normal *= np.where(normal[0] * _EAST[0] + normal[1] * _EAST[1] < 0, -1.0, 1.0)
    square = np.hypot(*double) < 0.3 * total
    normal = np.where(square, _EAST[:, None], normal)

    def outward(normal: FloatArray) -> FloatArray:
        # seen from its left face, the outside of an edge is on its right
        return np.concatenate(
            [
                sign * (edges.north * normal[0][side] - edges.east * normal[1][side])
                for side, sign in ((edges.left, 1.0), (edges.right, -1.0))
            ]
        )

    face, cost = np.concatenate([edges.left, edges.right]), np.tile(dislike, 2)
    ahead = outward(normal)
    costs = []
    for metres in (ahead, -ahead):
        along = (face >= 0) & (metres > 0.7 * np.tile(length, 2))  # the ends of a strip belong to neither side
        size = sums(face[along], metres[along], faces)
        costs.append(sums(face[along], (metres * cost)[along], faces) / np.maximum(size, 1e-9))
    turn = ~square & (costs[1] > ALIKE * costs[0])
    return np.maximum(outward(np.where(turn, -normal, normal)), 0.0)
