-- visits of some kinds on days [start, end), numbered from an epoch: business and day as one number
select (entity_id << %(bits)s) + (made_on - %(epoch)s::date) as visit
from inspection
where /*known*/ and made_on >= %(epoch)s::date + %(start)s::int and made_on < %(epoch)s::date + %(end)s::int
  and kind = any(%(kinds)s)/*near*/
