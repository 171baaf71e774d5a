"""``gridward diagram``: the supervision diagram of a plan file as one HTML file, no database or server needed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class PageLanguage(StrEnum):
    """Language that a page shows first."""

    zh = "zh"
    en = "en"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("diagram")(diagram)


def diagram(
    plan: Annotated[Path, typer.Argument(help="plan written by 'gridward grid'", metavar="PLAN.gpkg")],
    output: Annotated[Path, typer.Option("-o", "--output", help="page to write", metavar="DIAGRAM.html")],
    lang: Annotated[PageLanguage, typer.Option(help="language shown first; the page holds both")] = PageLanguage.zh,
    title: Annotated[str, typer.Option(help="title of the page")] = "",
    lines: Annotated[
        list[str] | None,
        typer.Option(
            help="streets with names, to draw and to search by; may be given several times", metavar="F[:LAYER]"
        ),
    ] = None,
    datum: Annotated[
        str | None, typer.Option(help="datum of the lines, with --lines: wgs84, cgcs2000, gcj02, bd09, EPSG:n")
    ] = None,
    telephone: Annotated[str, typer.Option(help="complaint telephone")] = "12315",
    approval_number: Annotated[str, typer.Option(help="map approval number (审图号)")] = "",
    sources: Annotated[str, typer.Option(help="data sources, as printed")] = "",
    plan_version: Annotated[str, typer.Option(help="version of the plan, as printed")] = "",
    as_of: Annotated[datetime | None, typer.Option(help="day that is printed", formats=["%Y-%m-%d"])] = None,
) -> None:
    """Write the supervision diagram (辖区监管责任制示意图) of a plan as one file that opens from disk.

    It needs no server and no network, and holds Chinese and English. Officers are in the database, so the table names
    cells, entities and workload.
    """
    from geo_api.errors import BadRequest
    from layers.diagram import DiagramSettings
    from layers.plan_diagram import plan_diagram, with_title
    from layers.raw import split_spec
    from layers.whole_file import check_target, write_whole

    check_target(output, inputs=(plan, *(split_spec(line)[0] for line in lines or ())))
    if lines and datum is None:
        raise BadRequest("--lines needs --datum: wgs84, cgcs2000, gcj02, bd09 or EPSG:n; it is never guessed")
    streets = None
    if lines and datum:
        from layers.sources import read_lines

        streets, _ = read_lines(lines, datum=datum)
    settings = DiagramSettings(
        complaint_telephone=telephone,
        map_approval_number=approval_number,
        sources_zh=sources,
        sources_en=sources,
        plan_version=plan_version,
        as_of=as_of.date() if as_of else None,
    )
    page = plan_diagram(plan, settings=with_title(settings, title), lines=streets, lang=lang.value)
    write_whole(output, page.encode("utf-8"))
    print(f"{output}: {len(page.encode()) / 1e6:.1f} MB, opens from disk without a network")
