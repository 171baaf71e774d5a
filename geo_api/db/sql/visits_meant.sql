-- the entities that texts mean on a day: by the dataset's id, credit code, registration number; else by entity code (as
-- the layout of its plan has it; of the plan in force that day before others), else by permanent id. "id:34" is the permanent id,
-- "no:34" what the register itself calls 34; a plain 34 that is both, of two businesses, says so in the last column
with asked as materialized (
    select distinct a.named, a.day, regexp_replace(a.named, '^no:', '') as bare
    from unnest(%(named)s::text[], %(days)s::date[]) as a (named, day)
),
direct as materialized (
    select a.named, a.day, f.entity_id
    from asked a
    join find_entities(%(dataset)s, (select array_agg(bare) from asked)) f on f.written = a.bare
),
by_code as (
    select distinct on (a.named, a.day) a.named, a.day, m.entity_id
    from asked a
    cross join generate_series(1, 9) as part (width)
    join cell_code k on k.code = left(a.named, -part.width) and length(a.named) > part.width
    join plan_validity v on v.station_code = k.station_code and v.recorded_to is null
    join plan p on p.plan_id = v.plan_id and coalesce((p.parameters #>> '{codes,serial}')::integer, 5) = part.width
    join cell_entity m on m.plan_id = v.plan_id and m.cell_code = k.code
        and m.serial = case when right(a.named, part.width) ~ '^[0-9]+$' then right(a.named, part.width)::integer end
    where not exists (select from direct d where d.named = a.named)
    order by a.named, a.day, v.valid @> a.day desc, lower(v.valid) desc
),
by_id as (
    select a.named, a.day, i.entity_id
    from asked a join entity_identity i on i.source = %(dataset)s
        and i.entity_id = case when a.named ~ '^(id:)?\d{1,15}$' then replace(a.named, 'id:', '')::bigint end
    where not exists (select from direct d where d.named = a.named)
      and not exists (select from by_code c where c.named = a.named)
),
found as (
    select * from direct
    union all
    select c.named, c.day, c.entity_id from by_code c
    join entity_identity i on i.entity_id = c.entity_id and i.source = %(dataset)s
    union all
    select * from by_id
)
select f.named, f.day, f.entity_id, %(top)s or e.geom is null or lies_in(%(code)s, e.geom, f.day), not l.there,
       case when f.day < l.opened then l.opened end, other.entity_id
from found f
left join lateral (
    select e.geom from entity e where e.entity_id = f.entity_id and e.recorded_to is null
    order by e.valid @> f.day desc, upper(e.valid) desc nulls first limit 1
) e on true
left join lateral (
    select coalesce(bool_or(e.valid @> f.day and coalesce(e.opened <= f.day, true)), true) as there,
           coalesce(min(e.opened), min(lower(e.valid))) as opened
    from entity e where e.entity_id = f.entity_id and e.recorded_to is null
) l on true
left join entity_identity other on other.source = %(dataset)s and other.entity_id <> f.entity_id
    and other.entity_id = case when f.named ~ '^[1-9]\d{0,14}$' then f.named::bigint end
