import base64
import hashlib
import re

import folium
import pytest
from folium.plugins import MarkerCluster

from layers.assets import (
    SCRIPTS,
    STYLES,
    VENDOR,
    check_offline,
    content_security_policy,
    data_uri,
    inline_script,
    localise,
)
from layers.errors import AssetError


def small_map() -> folium.Map:
    return folium.Map(location=[30.6, 114.5], tiles=None)


def test_every_vendored_file_is_there_with_its_licence() -> None:
    for file in (*SCRIPTS.values(), *STYLES.values()):
        assert (VENDOR / file).is_file()
        assert "Redistribution" in (VENDOR / file.split("/")[0] / "LICENSE").read_text()
    used = {f for style in STYLES.values() for f in re.findall(r"url\((images/[^)]+)\)", (VENDOR / style).read_text())}
    assert {f"images/{p.name}" for p in (VENDOR / "leaflet/images").iterdir()} == used


def test_the_service_links_to_its_own_files() -> None:
    tags = localise(small_map(), "/static/vendor/")
    assert tags == [
        '<link rel="stylesheet" href="/static/vendor/leaflet/leaflet.css">',
        '<script src="/static/vendor/leaflet/leaflet.js"></script>',
    ]


def test_a_single_file_holds_everything() -> None:
    style, script = localise(small_map(), None)
    assert "data:image/png;base64," in style
    assert not re.search(r"url\((?!data:|#)", style)
    assert script.startswith("<script>")
    assert "sourceMappingURL" not in script
    check_offline(style + script)


def test_folium_itself_is_left_alone() -> None:
    before = (list(folium.Map.default_js), list(folium.Map.default_css))
    localise(small_map(), None)
    assert (folium.Map.default_js, folium.Map.default_css) == before
    assert small_map().default_js[0][1].startswith("https://")


def test_a_plugin_that_is_not_vendored_is_refused_by_name() -> None:
    page_map = small_map()
    MarkerCluster().add_to(page_map)
    with pytest.raises(AssetError, match=r"MarkerCluster needs markercluster.*layers/static/vendor"):
        localise(page_map, None)


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<script src='//cdn.example/x.js'></script>",
        '<link rel="stylesheet" href="http://example/x.css">',
        '<img src="ftp://example/x.png">',
        '<img srcset="https://example/x.png 2x">',
        "<style>@import 'https://example/x.css';</style>",
        '<style>a{background:url("//example/x.png")}</style>',
        '<p style="background:url(https://example/x.png)">',
        '<a href="https://example/">out</a>',
        '<iframe src="https://example/"></iframe>',
        '<base href="https://example/">',
        '<svg><use href="https://example/#a"/></svg>',
        '<img src="/elsewhere/x.png">',
    ],
)
def test_an_address_outside_is_refused(html: str) -> None:
    with pytest.raises(AssetError, match="outside"):
        check_offline(html, "/static/vendor")


def test_own_files_data_and_relative_links_are_fine() -> None:
    check_offline(
        '<script src="/static/vendor/leaflet/leaflet.js"></script><img src="data:image/png;base64,AA==">'
        '<a href="?lang=en">English</a><a href="tel:12315">12315</a><svg xmlns="http://www.w3.org/2000/svg"></svg>',
        "/static/vendor",
    )
    with pytest.raises(AssetError):
        check_offline('<script src="/static/vendor/leaflet/leaflet.js"></script>')


def test_the_policy_lets_only_the_pages_own_scripts_run() -> None:
    html = '<script>one()</script><script src="/a.js"></script><script type="application/json">{}</script>'
    policy = content_security_policy(html, "/static/vendor")
    expected = base64.b64encode(hashlib.sha256(b"one()").digest()).decode()
    assert f"script-src 'self' 'sha256-{expected}';" in policy
    assert policy.count("sha256-") == 1
    assert "'self'" not in content_security_policy(html, None)
    assert "default-src 'none'" in policy


def test_a_script_that_would_end_itself_is_refused() -> None:
    with pytest.raises(AssetError, match="cannot be inlined"):
        inline_script("var x = '</ScRiPt>';")


def test_a_missing_file_says_what_to_do() -> None:
    with pytest.raises(AssetError, match="install the package again"):
        data_uri("leaflet/images/none.png")
