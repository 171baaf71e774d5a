"""Scripts, styles and pictures that pages need, from this package: no page loads anything from outside.

Folium links to content delivery networks. :func:`localise` points the elements of one map to the vendored files, under
a path of the service or inlined; :func:`check_offline` refuses a page that would load anything else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from branca.element import Element
from folium.elements import JSCSSMixin
from markupsafe import Markup

from layers.errors import AssetError

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
"""The service serves this folder under the path that it passes as ``assets_prefix``."""

SCRIPTS = {"leaflet": "leaflet/leaflet.js"}
STYLES = {"leaflet_css": "leaflet/leaflet.css"}
"""Folium's names of what a diagram uses -> vendored file."""

UNUSED = frozenset(
    {
        "jquery", "bootstrap", "bootstrap_css", "awesome_markers", "awesome_markers_css", "awesome_markers_font_css", "awesome_rotate_css",
        "fontawesome_css", "glyphicons_css",
    }
)  # fmt: skip
"""What folium links to by default and a diagram does without."""

_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}
_LOADING = {
    "script": ("src",), "link": ("href",), "img": ("src", "srcset"), "iframe": ("src", "srcdoc"), "source": ("src", "srcset"),
    "object": ("data",), "embed": ("src",), "video": ("src", "poster"), "audio": ("src",), "input": ("src",),
    "form": ("action",), "base": ("href",), "use": ("href", "xlink:href"), "image": ("href", "xlink:href"),
    "track": ("src",), "body": ("background",),
}  # fmt: skip
_OUTSIDE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_STYLE_LOAD = re.compile(r"(?:url\(|@import)\s*[\"']?\s*((?:[a-z][a-z0-9+.-]*:)?//[^\"')\s]*)", re.IGNORECASE)
_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL | re.IGNORECASE)


def localise(root: Element, assets_prefix: str | None) -> list[Markup]:
    """Make a tree of folium elements load the vendored files, and nothing else.

    Args:
        root: the map; it and all its children are changed, folium's classes are not.
        assets_prefix: path under which :data:`VENDOR` is served, e.g. ``/static/vendor``; None = inline everything.

    Returns:
        Elements for the head of the page: links, or the whole styles and scripts.

    Raises:
        AssetError: an element needs a file that is not vendored.
    """
    scripts: dict[str, str] = {}
    styles: dict[str, str] = {}
    missing: list[str] = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        waiting.extend(element._children.values())
        if not isinstance(element, JSCSSMixin):
            continue
        for links, known, found in (
            (element.default_css, STYLES, styles),
            (element.default_js, SCRIPTS, scripts),
        ):
            for name, url in links:
                if name in known:
                    found[name] = known[name]
                elif name not in UNUSED:
                    missing.append(f"{type(element).__name__} needs {name} ({url})")
        # on the instance: folium's lists are shared by every map of the process
        element.default_js, element.default_css = [], []
    if missing:
        raise AssetError(
            f"not vendored: {'; '.join(sorted(missing))}; add the files to layers/static/vendor and to layers/assets.py"
        )
    return [style_tag(f, assets_prefix) for f in styles.values()] + [
        script_tag(f, assets_prefix) for f in scripts.values()
    ]


def style_tag(file: str, assets_prefix: str | None) -> Markup:
    """A vendored style sheet as an element of the head."""
    if assets_prefix is None:
        return Markup("<style>{}</style>").format(trusted(_inlined_style(file)))
    return Markup('<link rel="stylesheet" href="{}">').format(_address(file, assets_prefix))


def script_tag(file: str, assets_prefix: str | None) -> Markup:
    """A vendored script as an element of the head."""
    if assets_prefix is None:
        return inline_script(_read(file))
    return Markup('<script src="{}"></script>').format(_address(file, assets_prefix))


def inline_script(code: str) -> Markup:
    """A script of our own or of a vendor (never of a user) as an element; AssetError if it would end itself."""
    code = re.sub(r"\n//# sourceMappingURL=.*", "", code)
    if re.search(r"</script|<!--", code, re.IGNORECASE):
        raise AssetError("a script that contains '</script' or '<!--' cannot be inlined")
    return Markup("<script>{}</script>").format(trusted(code))


def trusted(text: str) -> Markup:
    """Markup that is ours, or that has been escaped; never a user's text as it came."""
    return Markup(text)  # noqa: S704


def data_uri(file: str) -> str:
    """A vendored picture as a data address."""
    path = _path(file)
    return f"data:{_TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def content_security_policy(html: str, assets_prefix: str | None) -> str:
    """The policy that lets a page run exactly its own scripts and load nothing from outside."""
    own = "'self' " if assets_prefix is not None else ""
    bodies = {m["body"] for m in _SCRIPT.finditer(html) if not re.search(r"\b(?:src|type)=", m["attributes"])}
    hashes = sorted(base64.b64encode(hashlib.sha256(b.encode()).digest()).decode() for b in bodies)
    scripts = " ".join(f"'sha256-{h}'" for h in hashes)
    return (
        f"default-src 'none'; script-src {own}{scripts}; style-src {own}'unsafe-inline'; img-src {own}data:; "
        "base-uri 'none'; form-action 'none'"
    )


def check_offline(html: str, assets_prefix: str | None = None) -> None:
    """Refuse a page that would load anything but what ``assets_prefix`` serves.

    Hyperlinks that a reader would have to click are loads too: a diagram has none.

    Raises:
        AssetError: names every address.
    """
    finder = _Loads()
    finder.feed(html)
    allowed = None if assets_prefix is None else assets_prefix.rstrip("/") + "/"
    bad = [a for a in finder.found if _OUTSIDE.match(a) or not (_is_local(a) or (allowed and a.startswith(allowed)))]
    if bad:
        raise AssetError(f"the page would load from outside: {', '.join(sorted(set(bad))[:10])}")


class _Loads(HTMLParser):
    """Collects the addresses that a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        values = dict(attrs)
        names = _LOADING.get(tag, ())
        self.found += [values[name] or "" for name in names if name in values]
        if tag == "a" and _OUTSIDE.match(values.get("href") or ""):
            self.found.append(values["href"] or "")
        self.found += _STYLE_LOAD.findall(values.get("style") or "")

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found += _STYLE_LOAD.findall(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


def _is_local(address: str) -> bool:
    return address.startswith(("data:", "#"))


def _address(file: str, prefix: str) -> str:
    return f"{prefix.rstrip('/')}/{file}"


def _path(file: str) -> Path:
    path = VENDOR / file
    if not path.is_file():
        raise AssetError(f"vendored file {file} is missing from {VENDOR}; install the package again")
    return path


@cache
def _read(file: str) -> str:
    return _path(file).read_text(encoding="utf-8")


@cache
def _inlined_style(file: str) -> str:
    """The style sheet with its pictures as data addresses."""
    folder = Path(file).parent

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if name.startswith(("#", "data:")) else f"url({data_uri(str(folder / name))})"

    return re.sub(r"url\(\s*[\"']?([^\"')]+)[\"']?\s*\)", replace, _read(file))
