-- Every place that an address is known by: the register and the address points, with what their addresses say.
select distinct
    case when p.digest is null then k.address else '' end as address,
    coalesce(p.head, '') as head, coalesce(p.name, '') as name, coalesce(p.lanes, '') as lanes,
    coalesce(p.number, -1) as number, coalesce(p.text, '') as text, coalesce(p.building, '') as building,
    coalesce(p.place, '') as place, coalesce(p.county, '') as county, coalesce(p.town, '') as town,
    coalesce(p.village, '') as village, coalesce(p.bearing_deg, -1) as bearing_deg,
    coalesce(p.distance_m, -1) as distance_m,
    st_x(k.geom) as lon, st_y(k.geom) as lat,
    coalesce(lower(k.valid) - date '1970-01-01', -2147483648) as since,
    coalesce(upper(k.valid) - date '1970-01-01', 2147483647) as until
from (
    select address, geom, valid from entity
    where recorded_to is null and geom is not null and address <> ''
    union all
    select address, geom, valid from gazetteer_point where recorded_to is null
) k
left join gazetteer_parse p on p.digest = md5(k.address)::uuid and p.version = {version}
where p.digest is null or p.head <> '' or p.place <> ''
