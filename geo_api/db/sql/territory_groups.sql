select m.cell_code, g.code, g.name
from patrol_group_cell m
join patrol_group g
    on g.code = m.group_code and g.valid @> %(day)s
    and g.recorded_from <= %(known)s and (g.recorded_to is null or g.recorded_to > %(known)s)
where m.valid @> %(day)s and m.recorded_from <= %(known)s and (m.recorded_to is null or m.recorded_to > %(known)s)
order by m.cell_code collate "C"
