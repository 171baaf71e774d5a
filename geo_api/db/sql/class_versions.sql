-- new versions from a day on, with the class that was confirmed; what held before the day stays as it was
with chosen as materialized (
    select * from unnest(%(ids)s::bigint[], %(letters)s::text[]) as c (entity_id, letter)
),
old as materialized (
    select o.*, chosen.letter from entity o join chosen using (entity_id)
    where o.id = any (%(rows)s)
)
insert into entity (/*columns*/, credit_class, valid)
select /*columns*/, credit_class, daterange(lower(valid), %(day)s::date) from old
where lower(valid) is null or lower(valid) < %(day)s::date
union all
select /*columns*/, letter, daterange(greatest(lower(valid), %(day)s::date), upper(valid)) from old
