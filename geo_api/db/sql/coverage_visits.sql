-- visits due and made per entity and class over the given calendar periods; the reference is supervision.coverage.covered
with wanted as (
    select unnest(%(ids)s::bigint[]) as entity_id
),
period as (
    select * from unnest(%(per_year)s::double precision[], %(starts)s::date[], %(ends)s::date[],
                         %(visits)s::double precision[]) as p (per_year, starts, ends, visits)
),
ask as (
    select * from unnest(%(classes)s::text[], %(industries)s::text[], %(asked)s::double precision[])
        as a (credit_class, industry, per_year)
),
existing as (  -- opened and closed as known now, whatever the version
    select distinct on (e.entity_id) e.entity_id,
           case when e.closed < e.opened then 'empty'::daterange else daterange(e.opened, e.closed) end as days
    from wanted join entity e using (entity_id)
    where e.recorded_to is null
    order by e.entity_id, upper_inf(e.valid) desc, upper(e.valid) desc
),
life as (  -- the class of the day
    select e.entity_id, e.industry,
           case when e.licensed and e.credit_class = any(%(classes)s::text[]) then e.credit_class
                else %(unlicensed)s::text end as credit_class,
           e.valid * existing.days as days
    from existing join entity e using (entity_id)
    where e.recorded_to is null
),
asked as (
    select life.entity_id, life.credit_class, p.ends, life.days * daterange(p.starts, p.ends) as days,
           p.visits * (upper(life.days * daterange(p.starts, p.ends)) - lower(life.days * daterange(p.starts, p.ends)))
               / (p.ends - p.starts) as due
    from life
    join ask general on general.credit_class = life.credit_class and general.industry = ''
    left join ask special on special.credit_class = life.credit_class and special.industry = life.industry
        and life.industry <> ''
    join period p on p.per_year = coalesce(special.per_year, general.per_year)
    where life.days && daterange(p.starts, p.ends)
),
judged as (
    select asked.*, (
        select count(*) from inspection i
        where i.entity_id = asked.entity_id and i.recorded_to is null
          and i.made_on >= lower(asked.days) and i.made_on < upper(asked.days)
    ) as done
    from asked
)
select entity_id, credit_class, sum(due), sum(least(done, due)), max(ends) filter (where due - done >= 0.5)
from judged
group by entity_id, credit_class
order by entity_id, credit_class
