"""Days and lists that come in from outside."""

from __future__ import annotations

from datetime import date

import pytest

from geo_api.errors import BadRequest
from geo_api.services.tasks.days import entity_ids, refuse_future


def test_nothing_has_happened_tomorrow() -> None:
    refuse_future(date(2026, 3, 2), date(2026, 3, 2))
    with pytest.raises(BadRequest, match="has not come yet"):
        refuse_future(date(2026, 3, 3), date(2026, 3, 2))


def test_a_list_of_entities() -> None:
    assert entity_ids("name,entity_id\na,7\nb,3\nc,7\n", "f") == (7, 3)
    with pytest.raises(BadRequest, match=r"line 3: 'x'; line 4: ''"):
        entity_ids('entity_id\n1\nx\n""\n', "f")
    with pytest.raises(BadRequest, match="a column entity_id was expected"):
        entity_ids("id\n1\n", "f")
