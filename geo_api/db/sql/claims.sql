-- the claims that concern a jurisdiction, as they stood on a day and as it was recorded at a moment
with recursive scope (code) as (
    select %(code)s::text
    union
    select j.code from scope join jurisdiction j on j.parent_code = scope.code and j.recorded_to is null
),
ground as materialized (
    select k.code from cell_code k
    where k.code = %(code)s or k.station_code in (select code from scope)
),
known as materialized (
    select s.* from claim_step s
    where s.day <= %(day)s and s.at <= coalesce(%(known)s::timestamptz, 'infinity')
      and (%(entity)s::bigint is null or s.entity_id = %(entity)s)
),
last as materialized (
    select distinct on (s.entity_id, s.claim_no) s.* from known s
    order by s.entity_id, s.claim_no, s.step_no desc
),
settled as materialized (
    select s.entity_id, s.claim_no, min(s.day) as day from known s
    where s.step in ('claimed', 'transferred', 'decided') group by 1, 2
)
select l.entity_id, coalesce(e.name, ''), coalesce(e.address, ''), coalesce(e.industry, ''),
       coalesce(e.credit_class, ''), coalesce(e.licensed, true), st_x(e.geom), st_y(e.geom), l.claim_no, l.step, l.day,
       coalesce(nullif(l.to_cell, ''), handed.to_cell, ''), l.officer_id, coalesce(nullif(l.document, ''), handed.document, ''),
       l.reason, l.actor, l.cell_code, l.fell_on, settled.day, here.station_code, coalesce(there.station_code, '')
from last l
left join settled on settled.entity_id = l.entity_id and settled.claim_no = l.claim_no
left join lateral (
    select h.to_cell, h.document from known h
    where l.step = 'disputed' and h.entity_id = l.entity_id and h.claim_no = l.claim_no and h.step_no = l.step_no - 1
) handed on true
left join cell_code here on here.code = l.cell_code
left join cell_code there on there.code = coalesce(nullif(l.to_cell, ''), handed.to_cell)
left join lateral (
    select v.* from entity v
    where v.entity_id = l.entity_id and v.valid @> %(day)s
      and v.recorded_from <= coalesce(%(known)s::timestamptz, 'infinity')
      and (v.recorded_to is null or v.recorded_to > coalesce(%(known)s::timestamptz, 'infinity'))
    limit 1
) e on true
where (not %(only_open)s or l.step in ('fell', 'wrong', 'disputed'))
  and (%(code)s = '' or l.cell_code in (select code from ground) or there.code in (select code from ground))
order by l.entity_id, l.claim_no
