-- new tasks in the order given; one that stands already under its source's number is left out
insert into task (kind, source, source_id, jurisdiction_code, entity_id, address, lon, lat, cell_code, function, opened_on,
                  due_on, title, campaign, actor, role)
select n.kind, n.source, n.source_id, n.jurisdiction_code, n.entity_id, n.address, n.lon, n.lat, n.cell_code, n.function,
       n.opened_on, n.due_on, n.title, n.campaign, %(actor)s, %(role)s
from unnest(%(kind)s::text[], %(source)s::text[], %(source_id)s::text[], %(jurisdiction_code)s::text[],
            %(entity_id)s::bigint[], %(address)s::text[], %(lon)s::float8[], %(lat)s::float8[], %(cell_code)s::text[],
            %(function)s::text[], %(opened_on)s::date[], %(due_on)s::date[], %(title)s::text[], %(campaign)s::text[])
     with ordinality as n (kind, source, source_id, jurisdiction_code, entity_id, address, lon, lat, cell_code, function,
                           opened_on, due_on, title, campaign, number)
order by n.number
on conflict (source, source_id) where source_id <> '' do nothing
returning task_id
