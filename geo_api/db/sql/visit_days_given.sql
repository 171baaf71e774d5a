-- visits as the files have them, by the business as written: also to those outside the register, and repeats
with place as materialized (
    select source from jurisdiction where code = %(code)s and /*known*/ and upper_inf(valid) and not draws_cells
),
given as (
    select i.source_id as entity, v.made_on, v.kind, v.purpose
    from (select entity_id, made_on, kind, purpose from inspection where /*known*/) v
    join entity_identity i using (entity_id) join place p on i.source = p.source
    union all
    select u.entity, u.made_on, u.kind, u.purpose
    from (select * from visit_unmatched where /*known*/) u join place p on u.register = p.source
    where u.reason in ('unmatched', 'repeat')
)
select hashtextextended(entity, 0) as entity, made_on - date '2000-01-01' as day, -1 as station
from given
where kind = any(%(kinds)s)
  and (%(first)s::date is null or made_on >= %(first)s) and (%(last)s::date is null or made_on < %(last)s)
  and (%(purpose)s = '' or purpose = %(purpose)s)
