-- the entities that the staged rows mean
create temp table found_entity on commit drop as
select f.written, f.entity_id
from find_entities(%(source)s, array(select distinct entity from raw_visit where reason in ('', 'unmatched'))) f
