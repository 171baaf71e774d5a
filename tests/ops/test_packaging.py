"""What an installation relies on: lock files, compose file, scripts."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LOCKS = (
    "requirements.lock.txt",
    "requirements-dev.lock.txt",
    "requirements-bench.lock.txt",
    "requirements-bootstrap.lock.txt",
)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_pinned_with_hashes(name: str) -> None:
    entries = re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / name).read_text())
    assert entries
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


def test_lock_files_cover_the_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = {
        m.lower().replace("_", "-")
        for m in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", (ROOT / LOCKS[0]).read_text(), re.M)
    }
    for requirement in project["dependencies"]:
        name = re.match(r"[A-Za-z0-9._-]+", requirement).group().lower().replace("_", "-")
        assert name in locked, f"{name} is not in {LOCKS[0]}: lock again"


def test_the_peers_of_the_benchmarks_are_in_their_own_lock_alone() -> None:
    peers = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["bench"]
    for requirement in peers:
        name = re.match(r"[A-Za-z0-9._-]+", requirement).group()
        holding = [lock for lock in LOCKS if re.search(rf"^{name}==", (ROOT / lock).read_text(), re.M)]
        assert holding == ["requirements-bench.lock.txt"], name


def test_no_tracked_text_names_a_package_registry() -> None:
    files = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    words = re.compile("py" + r"pi\.org|pythonhosted|registry\.npm" + r"js|deb\.debian|security\.debian")
    guilty = []
    for name in filter(None, files):
        path = ROOT / name
        if (
            path.suffix in {".txt", ".toml", ".md", ".yml", ".lock", ".json", ".sh", ".cfg"}
            and path.is_file()
            and words.search(path.read_text(errors="replace"))
        ):
            guilty.append(name)
    assert guilty == []


def test_compose_file_is_complete() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert set(compose["services"]) == {"db", "service"}
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        assert service["volumes"], name
        for volume in service["volumes"]:
            assert volume.split(":")[0] in compose["volumes"]
        for port in service["ports"]:
            assert port.startswith("127.0.0.1:"), "published on this machine only"
    assert compose["services"]["service"]["depends_on"]["db"]["condition"] == "service_healthy"


def test_image_is_debian_and_run_sh() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "FROM debian:12" in lines
    assert any("./run.sh" in line for line in lines if line.startswith("CMD"))


@pytest.mark.parametrize("script", ["run.sh", "ops/cluster.sh", ".ci/run"])
def test_scripts_parse_and_are_executable(script: str) -> None:
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)
    assert (ROOT / script).stat().st_mode & 0o111


def test_ci_runs_every_test() -> None:
    assert "./run.sh test" in (ROOT / ".ci/run").read_text()
