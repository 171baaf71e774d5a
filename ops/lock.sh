#!/usr/bin/env bash
# Lock the dependencies of pyproject.toml anew: pinned, with hashes, without the name of any host.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
uv=.venv/bin/uv
export_lock() { # export_lock FILE OPTION...
  "$uv" export -q --format requirements-txt --no-header --no-annotate --no-emit-project "${@:2}" >"$1"
}
trap 'rm -f uv.lock' EXIT
"$uv" lock -q --upgrade
export_lock requirements.lock.txt --no-dev --group build
export_lock requirements-dev.lock.txt --all-groups --no-group bench
export_lock requirements-bench.lock.txt --all-groups # the peers of the benchmarks: never in the service's environment
echo uv | "$uv" pip compile -q --generate-hashes --no-header --no-annotate - -o requirements-bootstrap.lock.txt
