select (select count(*) from stage_assignment), count(*) filter (where old_id is null),
       count(*) filter (where old_id is not null and not same), count(*) filter (where same),
       (select count(*) from assignment a where a.source = %(source)s and a.recorded_to is null
        and a.id not in (select old_id from pair_assignment where old_id is not null))
from pair_assignment
