"""A ledger as a document to be printed and signed: entities, key industries, or the unlicensed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from geo_api.errors import BadRequest
from geo_api.services.documents.model import Column, Document, Language, Table, Value, choose, moment_text
from geo_api.services.ledger.answer import Ledger, LedgerCount, LedgerEntity, LedgerPlace

SUBJECTS = ("entities", "key_industries", "unlicensed")
"""The ledgers that there are of one place."""
TITLES = {
    "entities": ("经济户口监管台账", "Ledger"),
    "key_industries": ("重点行业监管台账", "Key-industry ledger"),
    "unlicensed": ("无照经营监管台账", "Unlicensed ledger"),
}
ROLES = {
    "lead": ("主责", "lead"),
    "deputy": ("副责", "deputy"),
    "first": ("第一责任人", "first responsible"),
    "direct": ("直接责任人", "directly responsible"),
}
CHANGES = {
    "began": ("到岗", "began"),
    "ended": ("离岗", "ended"),
    "renamed": ("更名", "new name"),
    "retitled": ("职务变动", "new title"),
}
STEPS = {
    "": ("在册，尚无记录", "in the register, no step recorded"),
    "discovered": ("发现", "discovered"),
    "notice": ("下达通知", "notice"),
    "guided": ("引导办照", "guided to a licence"),
    "licensed": ("已办照", "licensed"),
    "removed": ("已取缔", "removed"),
    "referred": ("移送", "referred"),
    "closed": ("已停业", "closed"),
}
SIGNATURES = {
    "cell": (("组长", "Lead"), ("组员", "Deputy"), ("监管所负责人", "Head of the station")),
    "station": (("监管所负责人", "Head of the station"), ("直接责任人", "Directly responsible")),
    "bureau": (("局负责人", "Head of the bureau"), ("直接责任人", "Directly responsible")),
}


def ledger_document(ledger: Ledger, language: Language, subject: str = "entities") -> Document:
    """The document; BadRequest for a subject that there is not."""
    if subject not in SUBJECTS:
        raise BadRequest(f"there is no ledger {subject!r}: it is one of {', '.join(SUBJECTS)}")
    zh, en = TITLES[subject]
    make = {"entities": _entities, "key_industries": _key_industries, "unlicensed": _unlicensed}[subject]
    return Document(
        title=choose(language, zh, en),
        subtitle=f"{ledger.name} {ledger.jurisdiction}".strip(),
        language=language,
        particulars=_particulars(ledger, language),
        tables=tuple(t for t in make(ledger, language)),
        signatures=tuple(choose(language, *pair) for pair in SIGNATURES[ledger.level]),
        notes=_notes(ledger, language),
        wide=True,
    )


def _particulars(ledger: Ledger, language: Language) -> tuple[tuple[str, str], ...]:
    say = partial(choose, language)
    held = [p for p in ledger.posts if p.code == ledger.jurisdiction and _held(p.since, p.until, ledger.on)]
    people = "、" if language == "zh" else ", "
    rows = [
        (say("台账日期", "Day"), ledger.on.isoformat()),
        (say("划分方案版本", "Version of the plan"), ledger.plan or say("无", "none")),
        (say("经济户口", "Entities"), f"{ledger.total.entities:,}"),
        (say("其中无照", "of them unlicensed"), f"{ledger.total.unlicensed:,}"),
        (say("责任人", "Officers"), people.join(_person(p.name, p.title, p.role, language) for p in held)),
        (say("重点行业", "Key industries"), people.join(ledger.key_industries)),
    ]
    if ledger.station_code:
        rows.insert(1, (say("监管所", "Station"), f"{ledger.station_name} {ledger.station_code}".strip()))
    if ledger.recorded_at is not None:
        rows.append((say("数据截至", "As recorded at"), moment_text(ledger.recorded_at, ledger.timezone)))
    return tuple(rows)


def _person(name: str, title: str, role: str, language: Language) -> str:
    return " ".join(filter(None, (choose(language, *ROLES[role]), title, name)))


def _notes(ledger: Ledger, language: Language) -> tuple[str, ...]:
    other = "" in ledger.classes and ledger.total.by_class[-1]
    notes = [
        choose(
            language,
            "无照经营户按最差信用分类计；编码为当日划分方案中的经济户口编码，方案之后新增者暂无编码。",
            "Unlicensed entities count as the class of the unlicensed; codes are those of the plan in force that day, "
            "entities that came later have none yet.",
        )
    ]
    if other:
        notes.append(
            choose(
                language, f"{other} 户的信用分类不在当日规则中。", f"{other} have a class that the rules do not know."
            )
        )
    return tuple(notes)


# ---------------------------------------------------------------------------------------------------- ledgers
def _entities(ledger: Ledger, language: Language) -> Iterable[Table]:
    yield _counts(ledger, ledger.counts, language)
    if ledger.level != "cell":
        yield _places(ledger, language)
    if ledger.entities:
        yield _list(ledger, ledger.entities, language)
    yield _markets(ledger, language)
    yield from _people(ledger, language)


def _key_industries(ledger: Ledger, language: Language) -> Iterable[Table]:
    keys = [c for c in ledger.counts if c.key_industry]
    yield _counts(ledger, keys, language)
    if ledger.level != "cell":
        yield _places(ledger, language, keys=True)
    chosen = [e for e in ledger.entities if e.key_industry]
    if chosen or ledger.level == "cell":
        yield _list(ledger, chosen, language)
    yield _markets(ledger, language)
    yield from _people(ledger, language)


def _unlicensed(ledger: Ledger, language: Language) -> Iterable[Table]:
    say = partial(choose, language)
    rows = tuple(
        (
            case.name,
            case.address,
            case.industry,
            case.cell_code,
            _day(case.discovered),
            say(*STEPS[case.state]),
            _day(case.state_since),
            "; ".join(
                " ".join(filter(None, (day.isoformat(), say(*STEPS[step]), officer, note)))
                for day, step, officer, note in case.steps
            ),
        )
        for case in ledger.unlicensed
    )
    yield Table(
        key=say("无照经营", "unlicensed"),
        title=say("无照经营户", "Unlicensed businesses"),
        columns=(
            Column(say("名称", "Name"), width=20),
            Column(say("地址", "Address"), width=24),
            Column(say("行业", "Industry"), width=11),
            Column(say("网格", "Cell"), width=13),
            Column(say("发现日期", "Discovered"), "day", 11),
            Column(say("状态", "State"), width=12),
            Column(say("状态日期", "Since"), "day", 11),
            Column(say("处置经过", "Steps"), width=40),
        ),
        rows=rows,
        empty=say("无无照经营户", "No unlicensed business"),
    )
    yield from _people(ledger, language)


# ---------------------------------------------------------------------------------------------------- tables
def _counts(ledger: Ledger, counts: Sequence[LedgerCount], language: Language) -> Table:
    say = partial(choose, language)
    letters = _letters(ledger, language)
    rows: list[tuple[Value, ...]] = [
        (c.industry or say("未分类", "none"), say("是", "yes") if c.key_industry else "", *_figures(ledger, c))
        for c in counts
    ]
    total = len(rows) > 0
    if total:
        width = len(rows[0])
        rows.append((say("合计", "Total"), "", *(sum(int(r[i] or 0) for r in rows) for i in range(2, width))))
    return Table(
        key=say("行业与类别", "by industry and class"),
        title=say("按行业、信用分类统计", "Entities by industry and class"),
        columns=(
            Column(say("行业", "Industry"), width=18),
            Column(say("重点行业", "Key industry"), width=9),
            Column(say("户数", "Entities"), "whole", 9),
            *(Column(letter, "whole", 8) for letter in letters),
            Column(say("其中无照", "Unlicensed"), "whole", 9),
        ),
        rows=tuple(rows),
        total=total,
        empty=say("无经济户口", "No entity"),
    )


def _places(ledger: Ledger, language: Language, *, keys: bool = False) -> Table:
    say = partial(choose, language)
    rows: list[tuple[Value, ...]] = [
        (p.code or say("不在任何网格", "in no cell"), p.name, p.head, p.officers, p.key_industry, *_figures(ledger, p))
        for p in ledger.places
    ]
    if rows:
        sums = [sum(int(r[i] or 0) for r in rows) for i in range(4, len(rows[0]))]
        rows.append((say("合计", "Total"), "", "", None, *sums))
    part = say("监管所", "Station") if ledger.level == "bureau" else say("网格", "Cell")
    return Table(
        key=say("汇总", "roll-up"),
        title=say("各监管所汇总" if ledger.level == "bureau" else "各网格汇总", f"By {part.lower()}"),
        columns=(
            Column(part, width=14),
            Column(say("名称", "Name"), width=14),
            Column(say("负责人", "Head"), width=10),
            Column(say("人员", "Officers"), "whole", 8),
            Column(say("重点行业户数", "Key industry"), "whole", 10),
            Column(say("户数", "Entities"), "whole", 9),
            *(Column(letter, "whole", 8) for letter in _letters(ledger, language)),
            Column(say("其中无照", "Unlicensed"), "whole", 9),
        ),
        rows=tuple(rows),
        total=bool(rows),
        note=say("各行之和等于上表合计。", "The rows add up to the total of the table above.") if not keys else "",
    )


def _list(ledger: Ledger, entities: Sequence[LedgerEntity], language: Language) -> Table:
    say = partial(choose, language)
    ordered = sorted(entities, key=lambda e: (e.cell_code, not e.code, e.code, e.entity_id))
    return Table(
        key=say("明细", "entities"),
        title=say("经济户口明细", "Entities"),
        columns=(
            Column(say("户口编码", "Entity code"), width=17),
            Column(say("名称", "Name"), width=24),
            Column(say("信用代码/注册号", "Credit code / registration no"), width=19),
            Column(say("地址", "Address"), width=27),
            Column(say("行业", "Industry"), width=11),
            Column(say("类别", "Class"), width=6),
            Column(say("备注", "Remarks"), width=10),
            Column(say("开业日期", "Opened"), "day", 11),
            Column(say("最近巡查", "Last visit"), "day", 11),
        ),
        rows=tuple(
            (
                e.code,
                e.name,
                e.credit_code or e.registration_no,
                e.address,
                e.industry,
                e.credit_class,
                "、".join(
                    filter(
                        None,
                        (
                            "" if e.licensed else say("无照", "unlicensed"),
                            say("重点行业", "key industry") if e.key_industry else "",
                        ),
                    )
                ),
                _day(e.opened),
                _day(e.last_visit),
            )
            for e in ordered
        ),
        empty=say("无经济户口", "No entity"),
    )


def _markets(ledger: Ledger, language: Language) -> Table:
    say = partial(choose, language)
    return Table(
        key=say("重点市场", "key markets"),
        title=say("重点市场", "Key markets"),
        columns=(
            Column(say("编码", "Code"), width=12),
            Column(say("名称", "Name"), width=24),
            Column(say("独立网格", "Cell of its own"), width=10),
            Column(say("所在网格", "Cell"), width=14),
        ),
        rows=tuple((m.code, m.name, say("是", "yes") if m.exclusive else "", m.cell_code) for m in ledger.markets),
        empty=say("无重点市场", "No key market"),
    )


def _people(ledger: Ledger, language: Language) -> Iterable[Table]:
    say = partial(choose, language)
    held = [p for p in ledger.posts if _held(p.since, p.until, ledger.on)]
    yield Table(
        key=say("责任人", "officers"),
        title=say("责任人", "Officers"),
        columns=(
            Column(say("辖区", "Jurisdiction"), width=14),
            Column(say("责任", "Role"), width=11),
            Column(say("姓名", "Name"), width=11),
            Column(say("职务", "Title"), width=12),
            Column(say("职能", "Function"), width=10),
            Column(say("电话", "Telephone"), width=14),
            Column(say("起始日期", "Since"), "day", 11),
            Column(say("截止日期", "Until"), "day", 11),
        ),
        rows=tuple(
            (p.code, say(*ROLES[p.role]), p.name, p.title, p.function, p.telephone, _day(p.since), _day(p.until))
            for p in held
        ),
        empty=say("无责任人", "Nobody answers for it"),
    )
    yield Table(
        key=say("责任人变动", "changes"),
        title=say("责任人历次变动", "Every change of officers"),
        columns=(
            Column(say("日期", "Day"), "day", 11),
            Column(say("变动", "Change"), width=10),
            Column(say("辖区", "Jurisdiction"), width=14),
            Column(say("责任", "Role"), width=11),
            Column(say("姓名", "Name"), width=11),
            Column(say("职务", "Title"), width=12),
            Column(say("职能", "Function"), width=10),
            Column(say("说明", "Detail"), width=20),
        ),
        rows=tuple(
            (
                c.day.isoformat(),
                say(*CHANGES[c.what]),
                c.code,
                say(*ROLES[c.role]),
                c.name,
                c.title,
                c.function,
                c.detail,
            )
            for c in ledger.changes
        ),
        empty=say("无变动记录", "No change recorded"),
    )


def _figures(ledger: Ledger, row: LedgerCount | LedgerPlace) -> tuple[int, ...]:
    shown = row.by_class if ledger.total.by_class[-1] else row.by_class[:-1]
    return (row.entities, *shown, row.unlicensed)


def _letters(ledger: Ledger, language: Language) -> tuple[str, ...]:
    letters = tuple(choose(language, f"{c} 类", f"Class {c}") for c in ledger.classes[:-1])
    return (*letters, choose(language, "其他", "Other")) if ledger.total.by_class[-1] else letters


def _held(since: date | None, until: date | None, on: date) -> bool:
    return (since is None or since <= on) and (until is None or until > on)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
