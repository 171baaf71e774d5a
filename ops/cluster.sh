#!/usr/bin/env bash
# A private PostGIS cluster for this checkout: no service, no port on the network, peer authentication only.
#   ops/cluster.sh start|stop|status|url|folder
# The cluster lies in .run/pg of the checkout. Where user postgres cannot enter the checkout (root's home is closed), or
# the path is too long for a socket (107 bytes), it lies in /var/lib/gridward-<id>, and this script says so.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
database=${GRIDWARD_DATABASE:-gridward}
role=gridward_admin
reader=gw_ogc # what OGC requests log in as: made by the migration, reads what is published and nothing else
port=5432 # names the socket only: the cluster listens on no address

# the newest PostgreSQL that has PostGIS
version=$(find /usr/share/postgresql -path '*/extension/postgis.control' 2>/dev/null | sed -E 's#.*/postgresql/([^/]+)/.*#\1#' | sort -V | tail -1)
bin=/usr/lib/postgresql/$version/bin
[ -n "$version" ] && [ -x "$bin/initdb" ] ||
  { echo "no PostgreSQL with PostGIS under /usr/lib/postgresql: install postgresql-15-postgis-3" >&2; exit 1; }

# postgres refuses to run as root: then user postgres owns the cluster
if [ "$(id -u)" = 0 ]; then
  owner=postgres
  as_owner() { (cd / && runuser -u "$owner" -- "$@"); }
else
  owner=$(id -un)
  as_owner() { (cd / && "$@"); }
fi

choose_folder() {
  local inside=$here/.run/pg
  local outside
  outside=/var/lib/gridward-$(printf %s "$here" | sha256sum | cut -c1-8)
  if [ -s "$outside/data/PG_VERSION" ]; then echo "$outside"; return; fi
  # 107 bytes for the socket's path, of which /.s.PGSQL.5432.lock takes 19
  if [ $((${#inside} + 19)) -le 100 ]; then
    mkdir -p "$inside"
    [ "$(id -u)" != 0 ] || chown "$owner" "$inside"
    if as_owner test -w "$inside" 2>/dev/null; then echo "$inside"; return; fi
    rmdir "$inside" 2>/dev/null || true
  fi
  [ "$(id -u)" = 0 ] || { echo "the checkout's path is too long for a PostgreSQL socket: move it, or set DATABASE_URL" >&2; exit 1; }
  mkdir -p "$outside"
  chown "$owner" "$outside"
  echo "the database cluster lies in $outside (user $owner cannot use $inside)" >&2
  echo "$outside"
}

folder=$(choose_folder)
data=$folder/data
url="postgresql+psycopg://$role@/$database?host=$folder&port=$port"
ready() { "$bin/pg_isready" -q -h "$folder" -p "$port" -U "$role" -d postgres; }
sql() { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$folder" -p "$port" -U "$role" "$@"; }

initialise() {
  as_owner "$bin/initdb" -D "$data" -U "$role" -A peer --auth-host=reject -E UTF8 --locale=C.UTF-8 >"$folder/initdb.log" 2>&1 ||
    { cat "$folder/initdb.log" >&2; exit 1; }
  cat >>"$data/postgresql.conf" <<CONF
listen_addresses = ''
port = $port
unix_socket_directories = '$folder'
unix_socket_permissions = 0700
shared_buffers = 256MB
max_wal_size = 2GB
max_connections = 60
jit = off
CONF
  # only root, the cluster's owner and whoever starts it may connect
  printf 'local all all peer map=gridward\n' >"$data/pg_hba.conf"
  who_may_be_whom >"$data/pg_ident.conf"
}

who_may_be_whom() {
  local user
  for user in root "$owner" "$(id -un)"; do printf 'gridward %s %s\n' "$user" "$role" "$user" "$reader"; done | sort -u
}

# A cluster of an earlier version does not know the reader yet
admit_reader() {
  grep -qs " $reader\$" "$data/pg_ident.conf" && return 0
  who_may_be_whom | grep " $reader\$" >>"$data/pg_ident.conf"
  if ready; then sql -d postgres -c 'select pg_reload_conf()' >/dev/null; fi
}

# After kill -9 a stale lock may name a dead process, a zombie, or a stranger that took its number
drop_stale_lock() {
  [ -s "$data/postmaster.pid" ] || return 0
  local pid state name
  pid=$(head -1 "$data/postmaster.pid")
  state=$(awk '{print $3}' "/proc/$pid/stat" 2>/dev/null || true)
  name=$(cat "/proc/$pid/comm" 2>/dev/null || true)
  if [ -z "$state" ] || [ "$state" = Z ] || [ "$name" != postgres ]; then
    rm -f "$data/postmaster.pid" "$folder"/.s.PGSQL.*
  fi
}

case ${1:-start} in
start)
  ready || [ -s "$data/PG_VERSION" ] || initialise
  admit_reader
  if ! ready; then
    drop_stale_lock
    as_owner "$bin/pg_ctl" -D "$data" -l "$folder/server.log" -w -t 60 start >/dev/null ||
      { tail -5 "$folder/server.log" >&2; exit 1; }
  fi
  [ "$(sql -d postgres -c "select 1 from pg_database where datname = '$database'")" = 1 ] ||
    sql -d postgres -c "create database $database"
  echo "$url"
  ;;
stop) if ready; then as_owner "$bin/pg_ctl" -D "$data" -m fast -w stop >/dev/null; fi ;;
status) if ready; then echo running; else echo stopped; fi ;;
url) echo "$url" ;;
folder) echo "$folder" ;;
*) sed -n '2,4p' "$0"; exit 1 ;;
esac
