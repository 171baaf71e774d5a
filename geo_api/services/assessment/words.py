"""What the indicators of an assessment are called."""

from __future__ import annotations

INDICATOR_ZH = {
    "coverage": "巡查覆盖",
    "overdue": "逾期户",
    "first_visits": "首次巡查",
    "claims": "认领",
    "tasks": "任务",
    "rectifications": "整改复查",
}
INDICATOR_EN = {
    "coverage": "visits made of those due",
    "overdue": "entities overdue",
    "first_visits": "first visits in time",
    "claims": "claims in time",
    "tasks": "tasks in time",
    "rectifications": "notices followed up in time",
}
