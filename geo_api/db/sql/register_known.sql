-- the entities that rows of daily changes may mean, each as it is on the day of the row
with asked as (
    select * from unnest(%(rows)s::int[], %(source_ids)s::text[], %(credits)s::text[], %(numbers)s::text[],
                         %(days)s::date[]) as k (n, source_id, credit_code, registration_no, day)
),
found as (
    select a.n, a.day, 'source_id' as by, i.entity_id
    from asked a join entity_identity i on i.source = %(source)s and i.source_id = a.source_id
    where a.source_id <> ''
    union
    select a.n, a.day, 'credit_code', e.entity_id
    from asked a join entity e on e.credit_code = a.credit_code and e.recorded_to is null
    where a.credit_code <> '' and e.source = %(source)s
    union
    select a.n, a.day, 'registration_no', e.entity_id
    from asked a join entity e on e.registration_no = a.registration_no and e.recorded_to is null
    where a.registration_no <> '' and e.source = %(source)s
)
select f.n, f.by, f.entity_id, v.id is not null and (v.closed is null or v.closed > f.day), v.credit_code,
       v.registration_no, v.name, v.address, v.industry, v.credit_class, v.licensed, v.opened, v.closed, v.licence_until, st_x(v.geom),
       st_y(v.geom)
from found f
left join entity v on v.entity_id = f.entity_id and v.recorded_to is null and v.valid @> f.day
order by f.n, f.by, f.entity_id
