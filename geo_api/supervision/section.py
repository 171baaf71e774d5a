"""Reads one table of settings (``[rules.claims]``): every value checked, every problem told at once, none guessed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from geo_api.errors import BadRequest
from gridding.findings import Finding, Severity

RULE = "profile.setting"


def problem(where: str, message: str, message_zh: str = "") -> Finding:
    """A setting that cannot be used: ``where`` is its path, such as ``rules.claims.days``."""
    return Finding(RULE, Severity.ERROR, f"{where} {message}", message_zh or f"设置 {where} 有误", where=where)


def unknown(path: str, name: str, known: Iterable[str]) -> Finding:
    """A name that is no setting, with the nearest one that is."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names) or 'none'}"
    hint_zh = f"是否应为 {near[0]}？" if near else f"可用：{'、'.join(names) or '无'}"
    where = f"{path}.{name}"
    return problem(where, f"is not known; {hint}", f"{where} 不是已知设置；{hint_zh}")


def refuse(problems: Iterable[Finding]) -> None:
    """Raise BadRequest with every problem; nothing happens where there is none."""
    found = tuple(problems)
    if found:
        raise BadRequest("; ".join(f.message for f in found), found)


LARGEST = 1_000_000_000
"""Of a number without a limit of its own: sums of it stay within 64 bits."""


class SectionReader:
    """Typed values of a table of settings, with defaults; call :meth:`done` at the end.

    >>> table = SectionReader("claims", {"days": 3})
    >>> table.number("days", 5, low=1, whole=True)
    3
    >>> table.done()
    """

    def __init__(self, section: str, settings: Mapping[str, Any]) -> None:
        """``section``: its name, as in ``[rules.<section>]``; "" = ``[rules]`` itself."""
        self.path = f"rules.{section}" if section else "rules"
        self.problems: list[Finding] = []
        self._known: list[str] = []
        self._settings: Mapping[str, Any] = settings if isinstance(settings, Mapping) else {}
        if not isinstance(settings, Mapping):
            self.problems.append(
                problem(self.path, f"is {settings!r}: a table [{self.path}] was expected", f"{self.path} 应为一个表")
            )

    def number(self, key: str, default: Any, *, low: float = 0, high: float | None = None, whole: bool = False) -> Any:
        """A number of at least ``low`` and at most ``high``; ``whole``: an integer."""
        value = self._given(key, default)
        if value is default or self._is_number(value, low, high, whole=whole):
            return value
        self._wrong(key, value, *_number_words(low, high, whole=whole))
        return default

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        value = self._given(key, default)
        if isinstance(value, str):
            return value
        self._wrong(key, value, "a text in quotation marks", "带引号的文字")
        return default

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._given(key, default)
        if isinstance(value, bool):
            return value
        self._wrong(key, value, "true or false", "true 或 false")
        return default

    def choice(self, key: str, default: str, choices: Iterable[str]) -> str:
        """One of some words."""
        value, words = self._given(key, default), list(choices)
        if isinstance(value, str) and value in words:
            return value
        self._wrong(key, value, f"one of {', '.join(words)}", f"{'、'.join(words)} 之一")
        return default

    def texts(self, key: str, default: tuple[str, ...] = (), *, of: Iterable[str] | None = None) -> tuple[str, ...]:
        """A list of texts, each once; ``of``: the words that it may hold. Days of a TOML file count as texts."""
        value = self._given(key, default)
        if isinstance(value, list | tuple):
            value = [v.isoformat() if isinstance(v, date) else v for v in value]
        words = None if of is None else list(of)
        right = isinstance(value, list | tuple) and all(isinstance(v, str) and v for v in value)
        if not right:
            self._wrong(key, value, 'a list of texts such as ["a", "b"]', '文字列表，如 ["a", "b"]')
        elif len(set(value)) < len(value):
            self._wrong(key, value, "each text once", "每项只出现一次")
        elif words is not None and (odd := [v for v in value if v not in words]):
            self._wrong(key, odd[0], f"words out of {', '.join(words)}", f"{'、'.join(words)} 中的词")
        else:
            return tuple(value)
        return default

    def numbers(
        self, key: str, default: Mapping[str, float] | None = None, *, low: float = 0, high: float | None = None,
        of: Iterable[str] | None = None, whole: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """A table {name = number}; ``of``: the names that it may have."""
        value = self._given(key, default or {})
        if not isinstance(value, Mapping):
            self._wrong(key, value, "a table {name = number}", "表 {名称 = 数值}")
            return dict(default or {})
        names = None if of is None else list(of)
        out: dict[str, Any] = {}
        for name, number in value.items():
            if names is not None and name not in names:
                self.problems.append(unknown(f"{self.path}.{key}", name, names))
            elif not self._is_number(number, low, high, whole=whole):
                self._wrong(f"{key}.{name}", number, *_number_words(low, high, whole=whole))
            else:
                out[name] = number
        return out

    def table(self, key: str) -> Mapping[str, Any]:
        """A table whose content is checked by the caller (``{}`` where it is not set)."""
        value = self._given(key, {})
        if isinstance(value, Mapping):
            return value
        self._wrong(key, value, f"a table [{self.path}.{key}]", "一个表")
        return {}

    def tables(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """A list of tables ``[[rules.<section>.<key>]]`` whose content is checked by the caller."""
        value = self._given(key, ())
        if isinstance(value, list | tuple) and all(isinstance(v, Mapping) for v in value):
            return tuple(value)
        self._wrong(key, value, f"a list of tables [[{self.path}.{key}]]", "表的列表")
        return ()

    def wrong(self, key: str, expected: str, expected_zh: str = "") -> None:
        """Report a problem found by the caller."""
        self._wrong(key, self._settings.get(key), expected, expected_zh)

    def has(self, key: str) -> bool:
        """Whether the setting is there."""
        return key in self._settings

    def found(self) -> list[Finding]:
        """Every problem so far, names included that were not asked for: for a table within a table."""
        odd = [unknown(self.path, str(name), self._known) for name in self._settings if name not in self._known]
        return [*self.problems, *odd]

    def done(self) -> None:
        """Raise BadRequest with every problem, unknown names included."""
        refuse(self.found())

    def _given(self, key: str, default: Any) -> Any:
        if key not in self._known:
            self._known.append(key)
        return self._settings.get(key, default)

    def _is_number(self, value: Any, low: float, high: float | None, *, whole: bool) -> bool:
        right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        return right and low <= value <= (LARGEST if high is None else high)  # NaN compares false

    def _wrong(self, key: str, value: Any, expected: str, expected_zh: str = "") -> None:
        where = f"{self.path}.{key}"
        self.problems.append(
            problem(
                where,
                f"is {value!r}, expected {expected}",
                f"{where} 的值 {value!r} 有误" + (f"，应为{expected_zh}" if expected_zh else ""),
            )
        )


def _number_words(low: float, high: float | None, *, whole: bool) -> tuple[str, str]:
    words = f"{'a whole number' if whole else 'a number'} of at least {low:g}"
    words_zh = f"不小于 {low:g} 的{'整数' if whole else '数'}"
    if high is not None:
        return f"{words} and at most {high:g}", f"{low:g} 至 {high:g} 的{'整数' if whole else '数'}"
    return words, words_zh
