"""Ours beside the peers on the same graphs: rounds, and the lines of the table that come of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.benchmarks.graphs import Graph
from tests.benchmarks.judge import Quality
from tests.benchmarks.peers import Contender, Outcome, run
from tests.benchmarks.sizes import Size
from tests.benchmarks.table import Row, seconds

Runner = Callable[[Contender, Graph, int, int], Outcome]


@dataclass(frozen=True)
class Goals:
    """What is aimed at.

    Attributes:
        deviation: largest deviation on every city; None = as small as the others'.
        whole: every cell in one piece, none empty.
        cost, cpu: peer -> largest median ratio ours / peer.
    """

    deviation: float | None = None
    whole: bool = True
    cost: Mapping[str, float] = field(default_factory=dict)
    cpu: Mapping[str, float] = field(default_factory=dict)


def to_scale(goals: Goals, size: Size) -> Goals:
    """The goals without cost and CPU where the graphs are smaller than those that the goals were set for."""
    return goals if size.true_to_scale else replace(goals, cost={}, cpu={})


def rounds(
    graphs: Iterable[tuple[Graph, int]],
    cells: int,
    contenders: Sequence[Contender],
    runner: Runner = run,
    *,
    warm_up: bool = True,
) -> dict[str, list[Outcome]]:
    """Every contender on every (graph, seed), in an order that changes from round to round. Ours comes first by name."""
    outcomes: dict[str, list[Outcome]] = {c.name: [] for c in contenders}
    for number, (graph, seed) in enumerate(graphs):
        if warm_up and number == 0 and contenders[0].name == "ours":
            runner(
                contenders[0], graph, cells, seed
            )  # what is compiled on first use is not billed: cold is a row of its own
        first = number % len(contenders)
        for contender in [*contenders[first:], *contenders[:first]]:
            outcomes[contender.name].append(runner(contender, graph, cells, seed))
    return outcomes


def compared(title: str, outcomes: Mapping[str, Sequence[Outcome]], cells: int, goals: Goals) -> list[Row]:
    """Lines of the table: deviation and pieces of all, then cost and CPU against each peer.

    A goal of deviation or pieces must hold in the worst round, one of cost or CPU in the median of the rounds' ratios.
    """
    mine = outcomes["ours"]
    if any(o.quality is None for o in mine):
        return [Row(title, next(o.failed for o in mine if o.quality is None), met=False)]
    done = {name: [o for o in all_ if o.quality is not None] for name, all_ in outcomes.items()}
    deviations = {name: [_quality(o).deviation for o in o_] for name, o_ in done.items() if o_}
    whole = {name: min(_quality(o).whole for o in o_) for name, o_ in done.items() if o_}
    empty = {name: max(_quality(o).empty for o in o_) for name, o_ in done.items() if o_}
    peers = [name for name in outcomes if name != "ours" and done[name]]
    rows = [
        Row(
            f"{title}: largest deviation, median [worst] of {len(mine)}",
            _spread(deviations["ours"]),
            "; ".join(f"{name} {_spread(deviations[name])}" for name in peers),
            goal="" if goals.deviation is None else f"<= {percent(goals.deviation)}",
            met=None if goals.deviation is None else max(deviations["ours"]) <= goals.deviation + 1e-9,
            figures={"deviation": statistics.median(deviations["ours"]), "deviation_worst": max(deviations["ours"])},
        ),
        Row(
            "cells in one piece, worst round",
            f"{whole['ours']} of {cells}",
            "; ".join(f"{name} {whole[name]}" + (f" ({empty[name]} empty)" if empty[name] else "") for name in peers),
            goal="all" if goals.whole else "",
            met=whole["ours"] == cells and empty["ours"] == 0 if goals.whole else None,
            figures={"whole": whole["ours"] / cells},
        ),
    ]
    for name in outcomes:
        if name != "ours":
            rows += _against(name, mine, outcomes[name], goals)
    return rows


def _against(name: str, mine: Sequence[Outcome], theirs: Sequence[Outcome], goals: Goals) -> list[Row]:
    both = [(a, b) for a, b in zip(mine, theirs, strict=True) if b.quality is not None]
    failed = sorted({o.failed for o in theirs if o.quality is None})
    if not both:
        return [Row(f"against {name}", "", "; ".join(failed), goal=_goal(goals.cost.get(name)))]
    cost = [_quality(a).cost_km / _quality(b).cost_km for a, b in both]
    cpu = [a.cpu_s / b.cpu_s for a, b in both]
    note = f" ({len(failed)} failed)" if failed else ""
    key = name.split(",", maxsplit=1)[0].replace(" ", "_") + ("_hard" if "," in name else "")
    middle = statistics.median
    return [
        Row(
            "border cost, ours / peer, median [worst]",
            f"{middle(_quality(a).cost_km for a, _ in both):.1f} km",
            f"{name} {middle(_quality(b).cost_km for _, b in both):.1f} km{note}",
            f"{middle(cost):.3f} [{max(cost):.3f}]",
            _goal(goals.cost.get(name)),
            _met(cost, goals.cost.get(name)),
            {f"cost_by_{key}": middle(cost), f"cost_by_{key}_worst": max(cost)},
        ),
        Row(
            "CPU, ours / peer, median [worst]",
            seconds(middle(a.cpu_s for a, _ in both)),
            f"{name} {seconds(middle(b.cpu_s for _, b in both))}",
            f"{middle(cpu):.3g} [{max(cpu):.3g}]",
            _goal(goals.cpu.get(name)),
            _met(cpu, goals.cpu.get(name)),
            {f"cpu_by_{key}": middle(cpu), "cpu_s": middle(a.cpu_s for a, _ in both)},
        ),
    ]


def percent(share: float) -> str:
    """As many digits as tell: 21.9 %, 0.97 %, 0.0050 %."""
    value = 100 * share
    return f"{value:.1f} %" if value >= 10 else f"{value:.2f} %" if value >= 0.02 else f"{value:.4f} %"


def _quality(outcome: Outcome) -> Quality:
    assert outcome.quality is not None
    return outcome.quality


def _spread(values: Sequence[float]) -> str:
    return f"{percent(statistics.median(values))} [{percent(max(values))}]"


def _goal(limit: float | None) -> str:
    return "" if limit is None else f"<= {limit:g}"


def _met(values: Sequence[float], limit: float | None) -> bool | None:
    return None if limit is None else bool(statistics.median(values) <= limit)
