-- the same visits by who was there, as one text
select array_to_string(team, chr(30)), array_agg(visit)
from (
    select case when cardinality(officers) > 0 then officers else array[coalesce(officer_id, '')] end as team,
           (entity_id << %(bits)s) + (made_on - %(epoch)s::date) as visit
    from inspection
    where /*known*/ and made_on >= %(epoch)s::date + %(start)s::int and made_on < %(epoch)s::date + %(end)s::int
      and kind = any(%(kinds)s)/*near*/
) as made
group by team
