-- what the register said of each business of a bureau, in versions that hold after a day or still count
select entity_id,
       coalesce(lower(valid) - %(epoch)s::date, %(always)s) as valid_from,
       coalesce(upper(valid) - %(epoch)s::date, %(never)s) as valid_to,
       coalesce(opened - %(epoch)s::date, %(always)s) as opened,
       coalesce(closed - %(epoch)s::date, %(never)s) as closed,
       licensed,
       coalesce(st_x(geom), 'nan'::float8) as lon, coalesce(st_y(geom), 'nan'::float8) as lat,
       credit_class, industry
from entity
where /*known*/ and not isempty(valid)
  and (upper_inf(valid) or upper(valid) > %(epoch)s::date + %(since)s::int)
  and source in (select source from jurisdiction where code = any(%(above)s))/*near*/
