-- The border rule in SQL, the twin of gridding.territory: the station first, on the station outlines; then the cell of
-- that station's published plan; the lowest code of those that cover the point; a point inside the outline that is in no
-- cell goes to the nearest one.

-- PostGIS decides points in polygons in plain double arithmetic, which errs on slanted borders; its relate is robust but
-- slow. So: relate where a border is near (a centimetre), the fast way elsewhere.
create function gridward.covers(shape public.geometry, place public.geometry) returns boolean
language sql immutable parallel safe
return case when public.st_dwithin(public.st_boundary(shape), place, 1e-7) then public.st_relate(shape, place, '******F**')
            else public.st_covers(shape, place) end;

-- Distance for "nearest": degrees of latitude, longitudes shortened as at the point.
create function gridward.apart(shape public.geometry, place public.geometry) returns double precision
language sql immutable parallel safe
return public.st_distance(public.st_scale(shape, cos(radians(public.st_y(place))), 1),
                          public.st_scale(place, cos(radians(public.st_y(place))), 1));

create function gridward.locate_many(lons double precision[], lats double precision[], day date)
returns table (n bigint, cell_code text)
language sql stable parallel safe rows 1000
set search_path = gridward, public
as $$
    with point as materialized (
        select p.n, st_setsrid(st_makepoint(p.lon, p.lat), 4490) as place
        from unnest(lons, lats) with ordinality as p (lon, lat, n)
        where p.lon between -180 and 180 and p.lat between -90 and 90
    ),
    station as materialized (
        select distinct on (point.n) point.n, point.place, v.plan_id
        from point
        join jurisdiction j on j.geom && point.place and covers(j.geom, point.place)
        left join plan_validity v on v.station_code = j.code and v.recorded_to is null and v.valid @> day
        where j.draws_cells and j.recorded_to is null and j.valid @> day
        order by point.n, j.code collate "C"
    ),
    covered as materialized (
        select distinct on (station.n) station.n, c.code
        from station
        join cell c on c.plan_id = station.plan_id and c.geom && station.place and covers(c.geom, station.place)
        order by station.n, c.code collate "C"
    )
    select covered.n, covered.code from covered
    union all
    select station.n, nearest.code
    from station
    cross join lateral (
        select c.code from cell c where c.plan_id = station.plan_id
        order by apart(c.geom, station.place), c.code collate "C" limit 1
    ) nearest
    where not exists (select from covered where covered.n = station.n)
$$;
comment on function gridward.locate_many is 'cell of each point (1-based n) on that day; no row = outside every published cell';

create function gridward.locate(lon double precision, lat double precision, day date) returns text
language sql stable parallel safe
set search_path = gridward, public
as $$
    select cell_code from gridward.locate_many(array[lon], array[lat], day)
$$;
comment on function gridward.locate is 'code of the cell of a point on that day; null outside';

create function gridward.revision() returns text
language sql stable parallel safe
set search_path = gridward, public
as $$
    select coalesce(max(id), 0)::text from change
$$;
comment on function gridward.revision is 'changes whenever a plan, an assignment, a telephone number or an outline changes';
