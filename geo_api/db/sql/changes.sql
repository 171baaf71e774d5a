-- a page of changed rows in the order of commits, with what they say
with page as materialized (
    select r.id, r.change_id, r.at, r.what, r.row_id, r.closed
    from change_row r where r.id > %(after)s order by r.id limit %(limit)s + 1
)
select page.change_id, page.id, page.at, page.what, page.closed, told.*
from page
cross join lateral (
    select (select array_agg(c.code order by c.code collate "C") from cell c where c.plan_id = v.plan_id) as codes,
           lower(v.valid), upper(v.valid), v.plan_id, p.version, null::text, null::text, null::text, v.station_code
    from plan_validity v join plan p using (plan_id) where page.what = 'plan_validity' and v.id = page.row_id
    union all
    select array[a.jurisdiction_code], lower(a.valid), upper(a.valid), a.plan_id, p.version, a.officer_id, a.role,
           a.function, ''
    from assignment a left join plan p using (plan_id) where page.what = 'assignment' and a.id = page.row_id
    union all
    select (
               select array_agg(distinct a.jurisdiction_code collate "C") from assignment a
               where a.officer_id = o.officer_id and a.recorded_to is null and a.valid && o.valid
           ), lower(o.valid), upper(o.valid), null, null, o.officer_id, null, null, ''
    from officer o where page.what = 'officer' and o.id = page.row_id
    union all
    select array[j.code], lower(j.valid), upper(j.valid), null, null, null, null, null, ''
    from jurisdiction j where page.what = 'jurisdiction' and j.id = page.row_id
    union all
    select (
               select array_agg(distinct a.jurisdiction_code collate "C") from assignment a
               where a.officer_id = b.officer_id and a.recorded_to is null and a.valid && b.valid
           ), lower(b.valid), upper(b.valid), null, null, b.officer_id, null, null, ''
    from absence b where page.what = 'absence' and b.id = page.row_id
    union all
    select (
               select array_agg(distinct m.cell_code collate "C") from patrol_group_cell m
               where m.group_code = g.code and m.recorded_to is null and m.valid && g.valid
           ), lower(g.valid), upper(g.valid), null, null, null, null, null, g.station_code
    from patrol_group g where page.what = 'patrol_group' and g.id = page.row_id
    union all
    select array[m.cell_code], lower(m.valid), upper(m.valid), null, null, null, null, null, ''
    from patrol_group_cell m where page.what = 'patrol_group_cell' and m.id = page.row_id
    union all
    select array[f.bureau_code], lower(f.valid), upper(f.valid), null, null, null, null, null, ''
    from profile f where page.what = 'profile' and f.id = page.row_id
) as told
order by page.id
