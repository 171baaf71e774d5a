"""MapIt and represent-boundaries, what others answer "which area is here?" with: their environments, databases, servers.

Both are Django applications that need packages of other versions than ours: each has an environment of its own in
``.run/peers``, made from pinned requirements when a full run asks for it and never by a test. One that cannot be made is
not run, and the table says why.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg
from psycopg.conninfo import conninfo_to_dict

from geo_api.db.copy import copy_frame
from geo_api.db.engine import conninfo
from gridding.types import GeometryArray
from tests.benchmarks.inputs import ROOT

ENVIRONMENTS = ROOT / ".run" / "peers"
REQUIREMENTS = Path(__file__).parent / "requirements"
SETTINGS = """
SECRET_KEY = {secret!r}
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {{"default": {{
    "ENGINE": "django.contrib.gis.db.backends.postgis", "CONN_MAX_AGE": 600,
    "NAME": {dbname!r}, "USER": {user!r}, "PASSWORD": {password!r}, "HOST": {host!r}, "PORT": {port!r},
}}}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions",
                  "django.contrib.messages", "django.contrib.gis", {app!r}]
MIDDLEWARE = {middleware!r}
ROOT_URLCONF = "urls"
LOGGING_CONFIG = None
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {{
    "context_processors": ["django.template.context_processors.request",
                           "django.contrib.auth.context_processors.auth",
                           "django.contrib.messages.context_processors.messages"]}}}}]
MAPIT_AREA_SRID = 4326
MAPIT_COUNTRY = ""
MAPIT_RATE_LIMIT = []
"""
URLS = 'from django.urls import include, path\nurlpatterns = [path("", include("{app}.urls"))]\n'
GIVEN = "create temp table given (id integer, name text, geom geometry(Polygon, 4326))"


@dataclass(frozen=True)
class Peer:
    """A peer: its name, its Django application, its middleware, how cells come into its tables, what it is asked.

    Attributes:
        fill: SQL from the temporary table ``given`` (id, name, geom).
        path: of a point (longitude, latitude).
        cells: the ids of the cells that an answer names.
    """

    name: str
    environment: str
    app: str
    middleware: tuple[str, ...]
    fill: str
    path: Callable[[float, float], str]
    cells: Callable[[object], set[int]]


MAPIT = Peer(
    "MapIt",
    "mapit",
    "mapit",
    (
        "django.contrib.sessions.middleware.SessionMiddleware",
        "mapit.middleware.JSONPMiddleware",
        "mapit.middleware.ViewExceptionMiddleware",
    ),
    """
    insert into mapit_generation (id, active, created, description) values (1, true, now(), 'cells');
    insert into mapit_type (id, code, description) values (1, 'CEL', 'cell');
    insert into mapit_country (id, code, name) values (1, 'X', 'X');
    insert into mapit_area (id, name, type_id, country_id, generation_low_id, generation_high_id)
    select id + 1, name, 1, 1, 1, 1 from given;
    insert into mapit_geometry (area_id, polygon) select id + 1, geom from given;
    analyze mapit_area;
    analyze mapit_geometry;
    """,
    lambda lon, lat: f"/point/4326/{lon!r},{lat!r}",
    lambda answer: {int(key) - 1 for key in answer},  # type: ignore[attr-defined]
)
REPRESENT = Peer(
    "represent-boundaries",
    "represent",
    "boundaries",
    (),
    """
    insert into boundaries_boundaryset
        (slug, name, singular, authority, domain, last_updated, source_url, notes, licence_url, extra)
    values ('cells', 'Cells', 'Cell', 'a', 'd', now(), '', '', '', '{}');
    insert into boundaries_boundary
        (set_id, set_name, slug, external_id, name, metadata, shape, simple_shape, centroid, extent)
    select 'cells', 'Cell', 'cell-' || id, id::text, name, '{}', st_multi(geom), st_multi(geom), st_centroid(geom), '[]'
    from given;
    analyze boundaries_boundary;
    """,
    lambda lon, lat: f"/boundaries/?contains={lat!r},{lon!r}",
    lambda answer: {int(each["external_id"]) for each in answer["objects"]},  # type: ignore[index]
)
PEERS = (MAPIT, REPRESENT)


class NotThere(Exception):
    """A peer that is not run, and why."""


@contextmanager
def serving(peer: Peer, url: str, cells: GeometryArray, folder: Path, *, install: bool) -> Iterator[int]:
    """The peer with the cells in the (empty) database of the URL, one process with four threads; gives its port.

    Raises:
        NotThere: its environment is not there and cannot be made, or it does not start.
    """
    python = _python(peer, install=install)
    _write_site(peer, url, folder)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(folder)}
    _filled(peer, url, cells, [str(python), "-m", "django", "migrate", "-v0"], environment, folder)
    command = [str(python), "-m", "gunicorn", "-w", "1", "-k", "gthread", "--threads", "4", "--keep-alive", "60"]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        where = ["-b", f"fd://{listening.fileno()}", "--chdir", str(folder), "wsgi:application"]
        process = subprocess.Popen(
            [*command, *where], env=environment, pass_fds=[listening.fileno()], stderr=subprocess.DEVNULL
        )
        try:
            yield port
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _python(peer: Peer, *, install: bool) -> Path:
    """The peer's Python; made when it is not there and ``install`` says so."""
    lock = REQUIREMENTS / f"{peer.environment}.lock.txt"
    folder = ENVIRONMENTS / peer.environment
    stamp = folder / f".stamp-{sha256(lock.read_bytes()).hexdigest()[:16]}"
    if stamp.exists():
        return folder / "bin" / "python"
    if not install:
        raise NotThere("not installed (a full run installs it)")
    shutil.rmtree(folder, ignore_errors=True)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    uv = Path(sys.executable).with_name("uv")
    if uv.exists():
        pip = [str(uv), "pip", "install", "-q", "--python", python]
    _run([sys.executable, "-m", "venv", *(["--without-pip"] if uv.exists() else []), str(folder)])
    _run([*pip, "--no-deps", "--require-hashes", "-r", str(lock)])
    stamp.touch()
    return folder / "bin" / "python"


def _write_site(peer: Peer, url: str, folder: Path) -> None:
    """A Django site with the peer alone."""
    server = conninfo_to_dict(conninfo(url))
    where = {key: str(server.get(key) or "") for key in ("dbname", "user", "password", "host", "port")}
    settings = SETTINGS.format(secret=secrets.token_hex(), app=peer.app, middleware=list(peer.middleware), **where)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.py").write_text(settings, encoding="utf-8")
    (folder / "urls.py").write_text(URLS.format(app=peer.app), encoding="utf-8")
    (folder / "wsgi.py").write_text(
        "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n", encoding="utf-8"
    )


def _filled(
    peer: Peer, url: str, cells: GeometryArray, migrate: list[str], environment: dict[str, str], folder: Path
) -> None:
    with psycopg.connect(conninfo(url)) as connection:
        connection.execute("create extension if not exists postgis")
    _run(migrate, env=environment, cwd=folder)
    with psycopg.connect(conninfo(url)) as connection:
        connection.execute(GIVEN)
        number = np.arange(len(cells))
        frame = pd.DataFrame({"id": number, "name": [f"cell {n}" for n in number], "geom": cells})
        copy_frame(connection, "given", frame)
        connection.execute(peer.fill)  # type: ignore[arg-type]


def _run(command: list[str], **options: object) -> None:
    """Run to the end; NotThere with the last line of what it complained about."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        lines = (done.stderr or done.stdout or "no reason given").strip().splitlines()
        raise NotThere(f"{Path(command[0]).name} {command[1]} failed: {lines[-1][:120]}")
