-- entities of the datasets of a bureau that exist on a day: whom a campaign may be about
select e.entity_id, e.name, e.address, st_x(e.geom), st_y(e.geom), e.industry, e.credit_class, e.licensed
from entity e
where e.recorded_to is null and e.valid @> %(day)s
  and (e.opened is null or e.opened <= %(day)s) and (e.closed is null or e.closed > %(day)s)
  and e.source in (select source from jurisdiction where code = any(%(codes)s) and recorded_to is null)
  and (%(industry)s = '' or e.industry = %(industry)s)
  and (%(ids)s::bigint[] is null or e.entity_id = any(%(ids)s))
order by e.entity_id
