-- Staged rows that are visits, with their entity: a row that names nobody in its file counts where the register knows
-- better, unless it repeats another. A view, not a copy: two million rows are written once, where they stay.
create temp view good_visit as
select r.*, f.entity_id
from raw_visit r join found_entity f on f.written = r.entity
where (r.reason = '' or r.reason = 'unmatched' and r.repeat_no = 0)
  and not (r.repeat_no = 0 and r.visit_id in (select g.visit_id from gone_visit g))
