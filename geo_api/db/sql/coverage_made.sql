-- visits of some kinds on days [start, end), numbered from an epoch; who was there, as one text
select entity_id, made_on - %(epoch)s::date as day,
       case when cardinality(officers) > 0 then array_to_string(officers, chr(30))
            else coalesce(officer_id, '') end as team
from inspection
where /*known*/ and made_on >= %(epoch)s::date + %(start)s::int and made_on < %(epoch)s::date + %(end)s::int
  and kind = any(%(kinds)s)/*near*/
