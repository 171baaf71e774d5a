"""The manifest: a TOML file that says which files make up a bureau's data, and what their columns mean.

All mistakes are reported at once, each with its key path (``entities[0].columns.nam``) and what was expected. The format
is described in docs/operators/manifest.md.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridding.findings import Finding, Severity
from layers.datum import datum_name
from layers.errors import DatumError, SchemaError
from layers.lines import KINDS, NO_BORDER
from layers.rules import check_diagram, check_rules
from layers.schema import TABLES
from layers.sections import GAZETTEER_COLUMNS, SECTIONS

_WHY_DATUM = (
    "is missing: it must say which datum longitudes and latitudes are in (cgcs2000, wgs84, gcj02, bd09 or EPSG:n); it is "
    "never guessed, because the wrong one moves every shop by 100 to 1,000 m, into another cell"
)


@dataclass(frozen=True, slots=True)
class Bureau:
    """The top jurisdiction of the deployment."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Upper:
    """A jurisdiction between the bureau and its stations, such as a sub-bureau; its territory is that of its stations."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Source:
    """One section of the manifest that names files.

    Attributes:
        key: its key path, for messages (``entities[0]``).
        files: the files, resolved.
        names: the files as the manifest writes them.
        layer: layer or sheet, None = the only one.
        datum: of its longitudes and latitudes.
        encoding: of its text, None = UTF-8, else GB18030 is tried.
        columns: canonical name -> column of the file; canonical names that the file uses itself need no entry.
        maps: canonical name -> {value in the file: value here}.
        defaults: canonical name -> value where the file has none.
        options: what only this kind of section has (kind, kind_column, name_column, kinds, groups, area_column).
    """

    key: str
    files: tuple[Path, ...]
    names: tuple[str, ...]
    layer: str | None
    datum: str
    encoding: str | None
    columns: Mapping[str, str] = field(default_factory=dict)
    maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest, checked and typed; see docs/operators/manifest.md for each key.

    ``upper`` are the jurisdictions between bureau and stations; ``sections`` maps each of
    :data:`layers.sections.SECTIONS` to its sources, in the order of the file; ``rules`` and ``diagram`` hold what the
    manifest sets, nothing more.
    """

    path: Path
    name: str
    title_zh: str
    title_en: str
    datum: str
    timezone: str
    bureau: Bureau
    upper: tuple[Upper, ...]
    sections: Mapping[str, tuple[Source, ...]]
    rules: Mapping[str, Any]
    diagram: Mapping[str, Any]

    def files(self) -> list[tuple[str, Path]]:
        """Every file that is named, as written and as resolved, once each, in the order of the sections."""
        pairs: list[tuple[str, Path]] = []
        for sources in self.sections.values():
            for source in sources:
                pairs += zip(source.names, source.files, strict=True)
                if groups := source.options.get("groups"):
                    pairs.append((str(source.options["groups_name"]), groups))
        return list(dict.fromkeys(pairs))

    def named(self) -> list[tuple[str, Source, Path]]:
        """Section, source and file of everything to read, in the order of the sections."""
        return [(section, s, f) for section, sources in self.sections.items() for s in sources for f in s.files]


_COMMON = ("file", "files", "layer", "datum", "encoding")
_LINE_KEYS = ("kind", "kind_column", "name_column", "kinds")
_MAPS = {"class_map": "credit_class"}


def read_manifest(path: str | Path) -> Manifest:
    """Read and check a manifest. Files are not opened here; their paths are resolved.

    A relative path is looked for beside the manifest, then in ``dataset.base`` (itself relative to the manifest).

    Raises:
        SchemaError: no such file, no TOML, or mistakes in it: all at once, each with its key path.
    """
    path = Path(path)
    reader = _Reader(path, _parse(path))
    return reader.manifest()


def _parse(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise SchemaError(f"{path}: no such manifest; expected a TOML file")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise SchemaError(f"{path}: a manifest must be UTF-8; save it so") from problem
    except tomllib.TOMLDecodeError as problem:
        raise SchemaError(f"{path}: not valid TOML: {problem}") from problem


class _Reader:
    """Walks the parsed manifest and collects every mistake before anything is raised."""

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self.path, self.data = path, data
        self.mistakes: list[Finding] = []

    def manifest(self) -> Manifest:
        self._unknown("", self.data, ("dataset", "bureau", "jurisdictions", *SECTIONS, "rules", "diagram"))
        head = self._section("dataset")
        self._unknown("dataset", head, ("name", "title_zh", "title_en", "datum", "timezone", "encoding", "base"))
        self.base = self.path.parent / self._text(head, "dataset", "base", "")
        self.encoding = self._text(head, "dataset", "encoding", "") or None
        self.datum = self._datum(head, "dataset", None)
        bureau = self._section("bureau")
        self._unknown("bureau", bureau, ("code", "name", "name_en"))
        upper = self._upper()
        found = {name: tuple(self._sources(name)) for name in SECTIONS}
        for name, why in (("stations", "the territory"), ("entities", "the register")):
            if name not in self.data:
                self._wrong(name, f"is missing: {why} must be there")
        rules, diagram = self._section("rules", needed=False), self._section("diagram", needed=False)
        self.mistakes += [*check_rules(rules), *check_diagram(diagram)]
        name = self._text(head, "dataset", "name", None)
        result = Manifest(
            path=self.path,
            name=name,
            title_zh=self._text(head, "dataset", "title_zh", name),
            title_en=self._text(head, "dataset", "title_en", name),
            datum=self.datum,
            timezone=self._timezone(head),
            bureau=Bureau(
                self._text(bureau, "bureau", "code", None),
                self._text(bureau, "bureau", "name", None),
                self._text(bureau, "bureau", "name_en", ""),
            ),
            upper=upper,
            sections=found,
            rules=rules,
            diagram=diagram,
        )
        if self.mistakes:
            count = f"{len(self.mistakes)} mistakes" if len(self.mistakes) > 1 else "a mistake"
            raise SchemaError(
                f"{self.path}: {count}: " + "; ".join(f.message for f in self.mistakes), tuple(self.mistakes)
            )
        return result

    def _upper(self) -> tuple[Upper, ...]:
        """``[[jurisdictions]]``: code and name of each level between bureau and stations."""
        value = self.data.get("jurisdictions", [])
        if not isinstance(value, list) or not all(isinstance(t, dict) for t in value):
            self._wrong("jurisdictions", "must be a list of tables ([[jurisdictions]] with code and name)")
            return ()
        found = []
        for number, table in enumerate(value):
            key = f"jurisdictions[{number}]"
            self._unknown(key, table, ("code", "name", "name_en"))
            code, name = self._text(table, key, "code", None), self._text(table, key, "name", None)
            found.append(Upper(code, name, self._text(table, key, "name_en", "")))
        codes = [u.code for u in found]
        for code in sorted({c for c in codes if codes.count(c) > 1}):
            self._wrong("jurisdictions", f"names the code {code!r} twice")
        return tuple(found)

    def _sources(self, name: str) -> list[Source]:
        value = self.data.get(name, [])
        # [stations] is one table, the others are lists of tables; both spellings are taken for all.
        tables = value if isinstance(value, list) else [value]
        sources = []
        for number, table in enumerate(tables):
            key = f"{name}[{number}]" if isinstance(value, list) else name
            if isinstance(table, dict):
                sources.append(self._source(name, key, table))
            else:
                self._wrong(key, f"must be a table, not {table!r}")
        return sources

    def _source(self, name: str, key: str, table: dict[str, Any]) -> Source:
        canonical = [c.name for c in TABLES[name].columns] if name in TABLES else list(GAZETTEER_COLUMNS.get(name, ()))
        maps = {m: _MAPS.get(m, m.removesuffix("_map")) for m in (*_MAPS, *(f"{c}_map" for c in canonical))}
        allowed = list(_COMMON)
        allowed += ["columns", "defaults", *maps] if canonical else []
        allowed += _LINE_KEYS if name == "lines" else []
        allowed += ["groups", "area_column"] if name == "stations" else []
        self._unknown(key, table, allowed)
        names = self._files(table, key)
        columns = self._strings(table, key, "columns")
        defaults = self._strings(table, key, "defaults")
        for part, found in (("columns", columns), ("defaults", defaults)):
            self._unknown(f"{key}.{part}", found, canonical)
        options: dict[str, Any] = {}
        if name == "lines":
            options = self._line_options(table, key)
        elif name == "stations" and "groups" in table:
            groups = self._text(table, key, "groups", None)
            area = self._text(table, key, "area_column", None)
            options = {"groups": self._resolve(groups), "groups_name": groups, "area_column": area}
        elif name == "stations" and "area_column" in table:
            self._wrong(f"{key}.area_column", "needs groups, the file that says which area belongs to which station")
        return Source(
            key=key,
            files=tuple(self._resolve(n) for n in names),
            names=names,
            layer=self._text(table, key, "layer", "") or None,
            datum=self._datum(table, key, self.datum),
            encoding=self._text(table, key, "encoding", "") or self.encoding,
            columns=columns,
            maps={c: self._strings(table, key, m) for m, c in maps.items() if m in table},
            defaults=defaults,
            options=options,
        )

    def _line_options(self, table: dict[str, Any], key: str) -> dict[str, Any]:
        options: dict[str, Any] = {k: self._text(table, key, k, "") or None for k in _LINE_KEYS[:3]}
        options["kinds"] = self._strings(table, key, "kinds")
        named = {f"{key}.kind": options["kind"]} if options["kind"] else {}
        named |= {f"{key}.kinds.{k}": v for k, v in options["kinds"].items()}
        for where, kind in named.items():
            if kind not in (*KINDS, NO_BORDER):
                self._wrong(where, f"is {kind!r}, expected one of {', '.join((*KINDS, NO_BORDER))}")
        if options["kind"] and options["kind_column"]:
            self._wrong(key, "has both kind and kind_column; one of them must go")
        return options

    def _files(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        value = table.get("files", table.get("file"))
        names = [value] if isinstance(value, str) else value
        if value is None:
            self._wrong(f"{key}.file", "is missing: name a file")
        elif not isinstance(names, list) or not names or not all(isinstance(n, str) and n for n in names):
            self._wrong(f"{key}.files", f"must be a list of file names, not {value!r}")
        else:
            return tuple(names)
        return ()

    def _resolve(self, name: str) -> Path:
        beside = self.path.parent / name
        return beside if beside.exists() or not (self.base / name).exists() else self.base / name

    def _section(self, name: str, *, needed: bool = True) -> dict[str, Any]:
        value = self.data.get(name)
        if isinstance(value, dict):
            return value
        if value is not None:
            self._wrong(name, f"must be a table ([{name}]), not {value!r}")
        elif needed:
            self._wrong(name, f"is missing: expected a section [{name}]")
        return {}

    def _text(self, table: dict[str, Any], key: str, name: str, default: str | None) -> str:
        value = table.get(name, default)
        if value is None:
            if table or key not in {"dataset", "bureau"}:
                self._wrong(f"{key}.{name}", "is missing: expected a text")
            return ""
        if not isinstance(value, str):
            self._wrong(f"{key}.{name}", f"must be a text in quotation marks, not {value!r}")
            return ""
        if not value and default is None:
            self._wrong(f"{key}.{name}", "is empty")
        return value

    def _strings(self, table: dict[str, Any], key: str, name: str) -> dict[str, str]:
        value = table.get(name, {})
        if not isinstance(value, dict):
            self._wrong(f"{key}.{name}", f'must be a table {{a = "b"}}, not {value!r}')
            return {}
        wrong = {k: v for k, v in value.items() if not isinstance(v, str | bool | int | float)}
        for k, v in wrong.items():
            self._wrong(f"{key}.{name}.{k}", f"must be a text, not {v!r}")
        return {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in value.items() if k not in wrong}

    def _datum(self, table: dict[str, Any], key: str, default: str | None) -> str:
        value = table.get("datum", default)
        if value is None:
            self._wrong(f"{key}.datum", _WHY_DATUM)
            return ""
        try:
            return datum_name(str(value)) if value else ""
        except DatumError as problem:
            self._wrong(f"{key}.datum", f"is {value!r}: {problem}")
            return ""

    def _timezone(self, head: dict[str, Any]) -> str:
        from zoneinfo import ZoneInfo

        name = self._text(head, "dataset", "timezone", "Asia/Shanghai")
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self._wrong("dataset.timezone", f"is {name!r}, expected a name such as Asia/Shanghai")
        return name

    def _unknown(self, key: str, table: Mapping[str, Any], allowed: Any) -> None:
        for name in table:
            if name not in allowed:
                near = difflib.get_close_matches(name, list(allowed), 1)
                hint = f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(sorted(allowed))}"
                self._wrong(f"{key}.{name}".lstrip("."), f"is not known{hint}")

    def _wrong(self, key: str, what: str) -> None:
        self.mistakes.append(Finding("manifest.mistake", Severity.ERROR, f"{key} {what}", where=key))
