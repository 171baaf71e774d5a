select json_build_object(
    'type', 'FeatureCollection',
    'features', coalesce(json_agg(json_build_object(
        'type', 'Feature',
        'id', c.code,
        'geometry', st_asgeojson(c.geom, 9, 0)::json,
        'properties', json_build_object(
            'code', c.code, 'name', c.name, 'station_code', c.station_code, 'exclusive', c.exclusive,
            'workload_hours_per_year', round(c.workload_hours_per_year::numeric, 2), 'deviation', round(c.deviation::numeric, 5),
            'entities', c.entities, 'area_m2', round(c.area_m2::numeric, 1),
            'officers', (
                select coalesce(json_agg(json_build_object('officer_id', a.officer_id, 'role', a.role,
                                                          'function', a.function) order by a.role desc, a.officer_id), '[]')
                from proposed_assignment a where a.plan_id = c.plan_id and a.cell_code = c.code
            ))) order by c.code collate "C"), '[]'))::text
from cell c where c.plan_id = %(plan_id)s
