select count(*), count(*) filter (where old_id is null), count(*) filter (where old_id is not null and not same),
       count(*) filter (where same), case when %(whole)s then (
           select count(*) from inspection c where c.source = %(source)s and c.recorded_to is null
       ) - count(*) filter (where old_id is not null) else 0 end
from pair_visit
