-- what the levels of each bureau are called
select p.bureau_code, p.rules -> 'levels'
from profile p
where p.valid @> %(day)s and p.recorded_from <= %(known)s and (p.recorded_to is null or p.recorded_to > %(known)s)
  and jsonb_typeof(p.rules -> 'levels') = 'object'
