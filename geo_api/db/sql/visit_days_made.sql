-- visits of some kinds: business and day as one number
select (v.entity_id << %(bits)s) + (v.made_on - %(epoch)s::date) as visit
from inspection v
where /*known*/ and v.kind = any(%(kinds)s)
  and (%(first)s::date is null or v.made_on >= %(first)s) and (%(last)s::date is null or v.made_on < %(last)s)
  and (%(purpose)s = '' or v.purpose = %(purpose)s)
