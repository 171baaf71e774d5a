-- rows kept before that are closed: changed ones, those that are visits by now, and refused or repeated rows that the same
-- file no longer has
create temp table old_left on commit drop as
select old_id as id from pair_left where old_id is not null and not same
union
select u.id from visit_unmatched u join good_visit s using (visit_id)
where u.source = %(source)s and u.recorded_to is null and u.repeat_no = 0
union
select u.id from visit_unmatched u
where u.source = %(source)s and u.recorded_to is null and u.reason in ('refused', 'repeat')
  and u.file in (select distinct file from raw_visit)
  and not exists (select from pair_left p where p.old_id = u.id)
