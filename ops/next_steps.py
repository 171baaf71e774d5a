"""Print what to open and three requests that work: ``next_steps.py URL SAMPLE_FOLDER``.

Each request is made once before it is printed, so what is printed works.
"""

import csv
import json
import pathlib
import shlex
import sys
import urllib.parse
import urllib.request

TIMEOUT_S = 240
"""After an upgrade the first batch waits until changed kernels are compiled."""


def ask(url: str, body: bytes | None = None) -> dict:
    """The JSON answer of the service."""
    headers = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  (the service just started)
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310
        return json.load(reply)


def main(base: str, sample: pathlib.Path) -> None:
    """Print pages and requests."""
    with (sample / "truth.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["lon"] and not row["fault"]][:400:200]
    with (sample / "register_chengguan.csv").open(encoding="utf-8-sig", newline="") as file:
        address = next(row["经营地址"] for row in csv.DictReader(file) if row["主体编号"] == rows[0]["source_id"])
    point = urllib.parse.urlencode({"lon": rows[0]["lon"], "lat": rows[0]["lat"], "datum": "wgs84"})
    batch = json.dumps(
        {
            "datum": "wgs84",
            "id": [row["source_id"] for row in rows],
            "lon": [float(row["lon"]) for row in rows],
            "lat": [float(row["lat"]) for row in rows],
        }
    )
    ask(f"{base}/v1/lookup?{point}")
    ask(f"{base}/v1/lookup?{urllib.parse.urlencode({'address': address})}")
    ask(f"{base}/v1/lookup/batch", batch.encode())
    sys.stdout.write(
        f"""
  open   {base}/                      start page
         {base}/diagram/990101        the county's supervision diagram (?lang=en for English)

  ask    curl '{base}/v1/lookup?{point}'
         curl -G '{base}/v1/lookup' --data-urlencode address={shlex.quote(address)}
         curl '{base}/v1/lookup/batch' -H 'Content-Type: application/json' -d {shlex.quote(batch)}

"""
    )


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), pathlib.Path(sys.argv[2]))
