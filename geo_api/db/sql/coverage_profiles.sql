-- the rules of a bureau, one row for each time
select lower(valid), upper(valid), rules from profile
where bureau_code = any(%(above)s) and /*known*/
order by valid
