"""Every question of supervision asked over HTTP alone, as its people would ask it: see ``tests.benchmarks.over_http``."""
