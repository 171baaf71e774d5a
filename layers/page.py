"""The page around the map: one template, our own style and scripts, the data as an element that nothing executes."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from layers.assets import STATIC, check_offline, content_security_policy, inline_script, localise, trusted
from layers.leaflet import DiagramMap
from layers.texts import LANGUAGES, TEXTS, Language

if TYPE_CHECKING:
    from layers.diagram import DiagramSettings

_OWN = STATIC / "diagram"
_SCRIPTS = ("words.js", "card.js", "labels.js", "choose.js", "find.js", "start.js")
_POLICY_MARK = "%%policy%%"
_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


def render_page(
    page_map: DiagramMap,
    data: dict[str, Any],
    settings: DiagramSettings,
    *,
    lang: Language,
    languages: tuple[Language, ...],
    assets_prefix: str | None,
) -> str:
    """The complete HTML of a diagram.

    Args:
        page_map: the folium map with its layers.
        data: what the page's script works on; also the source of the tables.
        settings: what is printed around the map.
        lang: language shown (first).
        languages: languages that the page holds.
        assets_prefix: see :func:`layers.assets.localise`.
    """
    head = localise(page_map, assets_prefix)
    figure: Any = page_map.get_root()
    page_map.render()  # type: ignore[no-untyped-call]
    words = Words(lang, languages)
    data = data | {"lang": lang, "texts": {code: dict(TEXTS[code]) for code in languages}}
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            head=Markup("\n").join(head),
            style=trusted(_own("diagram.css") + _fills(settings.style.palette)),
            library=inline_script(_own("library.js")),
            map_html=trusted(figure.html.render()),
            map_script=inline_script(figure.script.render().strip()),
            scripts=Markup("\n").join(inline_script(_own(name)) for name in _SCRIPTS),
            data=json_element("diagram-data", data),
            policy=_POLICY_MARK,
            d=data,
            s=settings,
            t=words.text,
            attr=words.attribute,
            named=words.named,
            title=words.pair(*titles(settings)),
            page_title=titles(settings)[LANGUAGES.index(lang)],
            sources=words.pair(settings.sources_zh, settings.sources_en),
            lang=lang,
            tag=_TAGS[lang],
            other=next(code for code in LANGUAGES if code != lang),
            other_tag=_TAGS[next(code for code in LANGUAGES if code != lang)],
            both=len(languages) > 1,
            plan_only=not data["bureau"] and not any(row["officers"] for row in data["cells"] + data["stations"]),
        )
    )
    # \r would be lost by the browser and change what it hashes
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    check_offline(html, assets_prefix)
    policy = content_security_policy(html, assets_prefix)
    return html.replace(_POLICY_MARK, str(escape(policy)), 1)


def json_element(name: str, value: object) -> Markup:
    """Data for a script as an element that a browser never executes, whatever the strings in it say."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup('<script type="application/json" id="{}">{}</script>').format(name, trusted(text))


def titles(settings: DiagramSettings) -> tuple[str, str]:
    """The title in Chinese and in English; where only one is set it stands for both."""
    general = (TEXTS["zh"]["title"], TEXTS["en"]["title"])
    given = settings.title_zh or settings.title_en
    return (given or general[0], settings.title_en or given or general[1])


def dial(telephone: str) -> str:
    """A telephone number as a telephone wants it: digits and signs that are dialled.

    >>> dial("+86 (0755) 8888-1234")
    '+86075588881234'
    """
    return re.sub(r"[^0-9+*#,;]", "", telephone)


class Words:
    """Texts for the template: escaped, in one language or in all that the page holds, of which its style shows one."""

    def __init__(self, lang: Language, languages: tuple[Language, ...]) -> None:
        self._lang = lang
        self._languages = languages

    def text(self, key: str, **values: object) -> Markup:
        """The words for a key, placeholders filled."""
        return self._spans({code: TEXTS[code][key].format(**values) for code in LANGUAGES})

    def attribute(self, name: str, key: str) -> Markup:
        """An attribute of an element, which the page's script sets anew when the language changes."""
        value = TEXTS[self._lang][key]
        if len(self._languages) == 1:
            return Markup('{}="{}"').format(name, value)
        return Markup('{}="{}" data-text-{}="{}"').format(name, value, name, key)

    def pair(self, chinese: str, english: str) -> Markup:
        """A text given in both languages; where one is missing the other is shown."""
        return self._spans({"zh": chinese or english, "en": english or chinese})

    def named(self, row: dict[str, Any], kind: str = "cell") -> Markup:
        """The name of a cell or station; a nameless cell is called by its number."""
        if row["name"]:
            return self.pair(row["name"], row.get("name_en", ""))
        number = row.get("number", row["code"])
        return self._spans({"zh": f"{TEXTS['zh'][kind]}{number}", "en": f"{TEXTS['en'][kind]} {number}"})

    def _spans(self, texts: dict[Language, str]) -> Markup:
        if len(self._languages) == 1:
            return escape(texts[self._lang])
        if len(set(texts.values())) == 1:
            return escape(texts[self._lang])
        spans = (Markup('<span class="{}" lang="{}">{}</span>').format(c, _TAGS[c], texts[c]) for c in self._languages)
        return Markup("").join(spans)


def _fills(palette: tuple[str, ...]) -> str:
    """The colours of cells as classes, for numbers and the legend."""
    return "".join(f".c{i}{{background:{colour}}}" for i, colour in enumerate(palette))


@cache
def _own(name: str) -> str:
    return (_OWN / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_OWN), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["dial"] = dial
    return environment
