-- parts of cells that cannot be stored, with the reason; they leave the stage
with place as (
    select s.code, s.cell_code, s.geom, c.geom as cell_geom,
           exists (select from cell_code k where k.code = s.cell_code) as known,
           exists (select from cell_code k where k.code = s.code) or exists (
               select from jurisdiction j
               where j.code = s.code and j.recorded_to is null and j.parent_code <> s.cell_code) as taken,
           coalesce(st_area(st_intersection(c.geom, s.geom)) / nullif(st_area(s.geom), 0), 0) as inside
    from stage_sub_area s
    left join (
        cell c join plan_validity v on v.plan_id = c.plan_id and v.recorded_to is null and v.valid @> %(day)s
    ) on c.code = s.cell_code
), checked as (
    select p.code,
           case when not p.known then 'there is no cell ' || p.cell_code || ' yet: publish its plan, then load again'
                when p.taken then 'the code is taken by something else'
                when p.cell_geom is null then 'cell ' || p.cell_code || ' is not in force on ' || %(day)s::date
                when p.inside < %(inside)s then
                    'only ' || round(100 * p.inside::numeric, 1) || ' %% of it lies in cell ' || p.cell_code
                    || ': draw it inside, and check the datum'
                else (
                    select 'it overlaps sub-area ' || min(other.code collate "C") || ' of cell ' || p.cell_code
                    from (
                        select o.code, o.geom from place o
                        where o.cell_code = p.cell_code and o.code < p.code collate "C" and o.inside >= %(inside)s
                        union all
                        select j.code, j.geom from jurisdiction j
                        where j.parent_code = p.cell_code and j.recorded_to is null
                          and j.valid && daterange(%(day)s, null)
                          and not exists (select from stage_sub_area s where s.code = j.code)
                    ) other
                    where other.geom && p.geom and st_relate(other.geom, p.geom, 'T********')
                    having count(*) > 0
                ) end as reason
    from place p
)
delete from stage_sub_area s using checked c where c.code = s.code and c.reason is not null
returning 'sub_area', s.code, c.reason
