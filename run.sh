#!/usr/bin/env bash
# Gridward in one command, on a bare Debian 12 or Ubuntu.
#   ./run.sh          environment, database, sample county, plans, diagrams, service: the whole job; again = seconds
#   ./run.sh stop     stop what it started
#   ./run.sh test     every check and every test
#   ./run.sh bench    our figures beside those of others: docs/benchmarks
#   ./run.sh prepare  install packages only          ./run.sh serve  prepare, migrate, serve in the foreground
# Settings: DATABASE_URL (use this database instead of a private one), GRIDWARD_PORT (8000), GRIDWARD_HOST (127.0.0.1).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
export LC_ALL=${LC_ALL:-C.UTF-8} PYTHONUNBUFFERED=1 PATH=$PATH:/usr/sbin:/sbin
state=$PWD/.run
python=$PWD/.venv/bin/python
gridward=$PWD/.venv/bin/gridward
begun=$SECONDS
# caches lie in the checkout too: nothing outside of it is touched but packages
export UV_CACHE_DIR=${UV_CACHE_DIR:-$state/cache/uv} PIP_CACHE_DIR=${PIP_CACHE_DIR:-$state/cache/pip}

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }
fail() { printf 'run.sh: %s\n' "$*" >&2; exit 1; }

# ---------------------------------------------------------------- tests
aside=(tests/gridding tests/layers tests/geo_api/{addresses,sample,supervision,formats,services} tests/notebooks tests/benchmarks)

tests_side_by_side() { # beside each other, about as long; both are run to their ends
  local log=$state/tests-aside.log other rest=0 there=0
  .venv/bin/pytest "${aside[@]}" >"$log" 2>&1 &
  other=$!
  .venv/bin/pytest tests "${aside[@]/#/--ignore=}" || rest=$?
  wait "$other" || there=$?
  printf '\n---- %s\n' "${aside[*]}"
  cat "$log"
  [ "$rest" = 0 ] && [ "$there" = 0 ] || fail "tests failed"
}

# ---------------------------------------------------------------- packages of the system
sudo_word=none
if [ "$(id -u)" = 0 ]; then sudo_word=""; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo_word=sudo; fi

apt_install() { # apt_install PACKAGE... : false where packages cannot be installed
  [ "$sudo_word" != none ] && command -v apt-get >/dev/null || return 1
  local log=$state/apt.log
  if [ -z "${apt_updated:-}" ]; then
    $sudo_word env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update >>"$log" 2>&1 || true
    apt_updated=1
  fi
  $sudo_word env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 install \
    --no-install-recommends "$@" >>"$log" 2>&1 || { tail -3 "$log" >&2; return 1; }
}

find_python() { # a Python >= 3.11 that can make environments
  local candidate
  for candidate in python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

python_environment() { # python_environment LOCKFILE [FOLDER] : false where packages cannot be installed
  local lock=$1 venv=$PWD/${2:-.venv} stamp base
  local python=$venv/bin/python
  stamp=$venv/.stamp-$(cat "$lock" pyproject.toml | sha256sum | cut -c1-16)
  [ ! -e "$stamp" ] || { compile "$venv"; return; }
  if [ ! -x "$python" ]; then
    base=$(find_python) || { say "installing Python"; apt_install python3 python3-venv ca-certificates || true
      find_python >/dev/null || apt_install python3.11 python3.11-venv || true
      base=$(find_python) || fail "Python 3.11 or newer with venv is needed: apt-get install python3 python3-venv"; }
    "$base" -m venv "$venv" || return 1
  fi
  say "installing Python packages ($lock)"
  if "$python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock.txt; then
    "$venv/bin/uv" pip install -q --python "$python" --require-hashes -r "$lock" &&
      "$venv/bin/uv" pip install -q --python "$python" --no-deps --no-build-isolation --offline -e . || return 1
  else
    "$python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" &&
      "$python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . || return 1
  fi
  compile "$venv" || return 1
  touch "$stamp"
}

compile() { # compile FOLDER : what numba compiles and Python's bytecode, again wherever a source has changed
  local stamp
  stamp=$1/.compiled-$(cat gridding/*.py geo_api/*.py geo_api/*/*.py ops/warm.py | sha256sum | cut -c1-16)
  [ ! -e "$stamp" ] || return 0
  say "compiling"
  # bytecode too, whatever this shell prefers: a later user may not be allowed to write it
  env -u PYTHONDONTWRITEBYTECODE "$1/bin/python" ops/warm.py || return 1
  rm -f "$1"/.compiled-*
  touch "$stamp"
}

# ---------------------------------------------------------------- database: DATABASE_URL, else a private cluster, else Docker
have_postgis() { compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null && [ -d /usr/lib/postgresql ]; }

install_postgis() {
  say "installing PostGIS"
  # keep Debian from starting a cluster of its own
  if [ "$sudo_word" != none ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    $sudo_word mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | $sudo_word tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  # Debian 12 has PostgreSQL 15, other releases another one
  local package
  package=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' 2>/dev/null | cut -d' ' -f1 | sort -V | tail -1)
  apt_install postgresql-15-postgis-3 || apt_install "${package:-postgresql-postgis}"
}

database() { # sets and exports DATABASE_URL
  if [ -z "${DATABASE_URL:-}" ]; then
    have_postgis || install_postgis || true
    if have_postgis; then
      DATABASE_URL=$(bash ops/cluster.sh start)
    elif docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
      docker compose up -d --wait db
      touch "$state/docker-db"
      DATABASE_URL=postgresql+psycopg://gridward:gridward@127.0.0.1:54329/gridward
    else
      fail "no PostGIS: set DATABASE_URL, or install postgresql-15-postgis-3 (as root), or start Docker"
    fi
  fi
  export DATABASE_URL
  say "database $(sed -E 's#//([^:/@]*):[^@]*@#//\1:***@#' <<<"$DATABASE_URL")"
}

# ---------------------------------------------------------------- the service
service_pid() { # prints the process id of the service that this checkout started, if it lives
  local pid
  pid=$(cat "$state/service.pid" 2>/dev/null) || return 1
  [ -n "$pid" ] && grep -qz "$PWD/.venv/bin" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

start_service() {
  if service_pid >/dev/null; then say "service already running"; return; fi
  GRIDWARD_PORT=$("$python" ops/free_port.py "${GRIDWARD_HOST:-127.0.0.1}" "${GRIDWARD_PORT:-8000}")
  echo "$GRIDWARD_PORT" >"$state/port"
  setsid "$gridward" serve --host "${GRIDWARD_HOST:-127.0.0.1}" --port "$GRIDWARD_PORT" >"$state/service.log" 2>&1 </dev/null &
  echo $! >"$state/service.pid"
  "$python" ops/wait_ready.py "http://127.0.0.1:$GRIDWARD_PORT/ready" 60 ||
    { tail -20 "$state/service.log" >&2; fail "the service did not start; its log is .run/service.log"; }
}

stop_service() {
  local pid
  if pid=$(service_pid); then
    kill "$pid"
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    say "service stopped"
  fi
  rm -f "$state/service.pid" "$state/port"
}

# ---------------------------------------------------------------- commands
prepare() { mkdir -p "$state"; python_environment "${1:-requirements.lock.txt}"; }

case ${1:-up} in
up)
  prepare
  database
  say "migrating"
  "$gridward" migrate
  "$gridward" demo data/sample/manifest.toml --diagrams out/diagrams
  start_service
  "$python" ops/next_steps.py "http://127.0.0.1:$(cat "$state/port")" data/sample
  say "ready after $((SECONDS - begun)) s; stop with ./run.sh stop"
  ;;
serve)
  prepare
  database
  "$gridward" migrate
  exec "$gridward" serve --host "${GRIDWARD_HOST:-127.0.0.1}" --port "${GRIDWARD_PORT:-8000}"
  ;;
stop)
  stop_service
  if [ -e "$state/docker-db" ]; then docker compose stop db && rm -f "$state/docker-db"; fi
  if [ -z "${DATABASE_URL:-}" ] && have_postgis; then bash ops/cluster.sh stop && say "database stopped"; fi
  ;;
bench) # the peers have an environment of their own; where it cannot be made, the rest is measured without them
  shift
  mkdir -p "$state"
  bench=.venv-bench/bin/python
  if ! python_environment requirements-bench.lock.txt .venv-bench; then
    say "the environment of the peers cannot be made: measured without them"
    prepare requirements-dev.lock.txt
    bench=$python
  fi
  exec "$bench" -m tests.benchmarks "$@"
  ;;
prepare) prepare && say "ready after $((SECONDS - begun)) s" ;;
test)
  mkdir -p "$state"
  packages=()
  command -v chromium >/dev/null || packages+=(chromium)
  command -v git >/dev/null || packages+=(git)
  ldconfig -p | grep -q libatomic.so.1 || packages+=(libatomic1) # the browser driver's node needs it
  [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || packages+=(fonts-noto-cjk)
  if [ ${#packages[@]} -gt 0 ]; then say "installing ${packages[*]}"; apt_install "${packages[@]}" || say "not installed: ${packages[*]}"; fi
  prepare requirements-dev.lock.txt
  if [ -z "${DATABASE_URL:-}" ] && ! { have_postgis && [ "$(bash ops/cluster.sh status)" = running ]; }; then
    trap 'bash ops/cluster.sh stop' EXIT # leave the machine as it was
  fi
  database
  shift
  if [ $# -eq 0 ]; then
    say "ruff"
    .venv/bin/ruff check . # one command a line: a failure inside of a && b would not end the run
    .venv/bin/ruff format --check -q .
    say "mypy"
    .venv/bin/mypy
    say "import-linter"
    .venv/bin/lint-imports
    say "pytest, in two parts side by side"
    tests_side_by_side
  else
    say "pytest"
    .venv/bin/pytest "$@"
  fi
  ;;
*) sed -n '2,8p' "$0"; exit 1 ;;
esac
