"""Redraw with least change: start from the present plan, move what balance needs, pay for every move."""

from __future__ import annotations

import numpy as np

from gridding.anneal import Cooling, anneal, score
from gridding.contiguity import reconnect
from gridding.multilevel import improve
from gridding.polish import polish
from gridding.rng import rng_state
from gridding.seeds import fill_empty
from gridding.task import Effort, Stop, Task, Tell
from gridding.types import FloatArray, Int32Array

AWAY = 0.3
"""Cost of moving a block of mean workload to another cell, in mean border costs."""


def stay_cost(load: FloatArray) -> FloatArray:
    """(n,) cost of each node away from home: workload counts, and a little every block."""
    mean = float(load.mean()) if len(load) else 0.0
    return AWAY * ((load / mean if mean > 0 else np.ones(len(load))) + 0.2)


def redraw(task: Task, labels: Int32Array, effort: Effort, stop: Stop, tell: Tell) -> Int32Array:
    """Balanced labels near the present ones.

    Args:
        task: the graph knows each node's home and what it costs to leave it; immovable nodes stay.
        labels: (n,) present labels, -1 = none; every component has a label.
        effort: see :class:`gridding.multilevel.Effort`.
        stop: asked between rounds.
        tell: told the share of the work done.
    """
    labels = labels.copy()
    reconnect(task.graph, labels, task.cells)
    fill_empty(task.graph, labels, task.kin, anywhere=True)
    reconnect(task.graph, labels, task.cells)
    if score(task.graph, labels, *task.band()).worst <= 0:
        return labels  # balanced as it is: prettier borders are no reason to move anybody
    if not stop():
        cooling = Cooling(4 * effort.sweeps, 0.3, 0.05, 100, 3e4)
        anneal(task.graph, labels, *task.band(0.9), cooling, rng_state(task.seed, 5))
    labels = improve(task, effort, labels, stop, tell)
    return polish(task, effort, labels, stop)
