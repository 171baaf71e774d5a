-- The border rule in SQL, the twin of gridding.territory: the station first, on the station outlines; then the cell of
-- that station's published plan; the lowest code of those that cover the point; a point inside the outline that is in no
-- cell goes to the nearest one.

-- PostGIS decides points in polygons in plain double arithmetic, which errs on slanted borders; its relate is robust but
-- slow. So: relate where a border is near (a centimetre), the fast way elsewhere. "edge" is the shape's boundary.
create function gridward.covers(shape public.geometry, edge public.geometry, place public.geometry) returns boolean
language sql immutable parallel safe
return case when public.st_dwithin(edge, place, 1e-7) then public.st_relate(shape, place, '******F**')
            else public.st_covers(shape, place) end;

create function gridward.covers(shape public.geometry, place public.geometry) returns boolean
language sql immutable parallel safe
return gridward.covers(shape, public.st_boundary(shape), place);

-- Distance for "nearest": degrees of latitude, longitudes shortened as at the point.
create function gridward.apart(shape public.geometry, place public.geometry) returns double precision
language sql immutable parallel safe
return public.st_distance(public.st_scale(shape, cos(radians(public.st_y(place))), 1),
                          public.st_scale(place, cos(radians(public.st_y(place))), 1));

create function gridward.locate_many(lons double precision[], lats double precision[], day date)
returns table (n bigint, cell_code text)
language sql stable parallel safe rows 1000
set search_path = gridward, public, pg_temp
as $$
    with point as materialized (
        select p.n, st_setsrid(st_makepoint(p.lon, p.lat), 4490) as place
        from unnest(lons, lats) with ordinality as p (lon, lat, n)
        where p.lon between -180 and 180 and p.lat between -90 and 90
    ),
    -- shapes and their edges once, unpacked: each is asked about thousands of points
    ground as materialized (
        select j.code, st_force2d(j.geom) as shape, st_boundary(j.geom) as edge, v.plan_id
        from jurisdiction j
        left join plan_validity v on v.station_code = j.code and v.recorded_to is null and v.valid @> day
        where j.draws_cells and j.recorded_to is null and j.valid @> day
          and j.geom && (select st_extent(place)::geometry from point)
    ),
    station as materialized (
        select distinct on (point.n) point.n, point.place, ground.plan_id
        from ground join point on ground.shape && point.place and covers(ground.shape, ground.edge, point.place)
        order by point.n, ground.code collate "C"
    ),
    drawn as materialized (
        select c.plan_id, c.code, st_force2d(c.geom) as shape, st_boundary(c.geom) as edge
        from cell c
        where c.plan_id in (select plan_id from ground) and c.geom && (select st_extent(place)::geometry from station)
    ),
    covered as materialized (
        select distinct on (station.n) station.n, station.place, station.plan_id, drawn.code
        from station
        left join drawn on drawn.plan_id = station.plan_id and drawn.shape && station.place
            and covers(drawn.shape, drawn.edge, station.place)
        where station.plan_id is not null
        order by station.n, drawn.code collate "C"
    )
    select covered.n, coalesce(covered.code, (
        select c.code from cell c where c.plan_id = covered.plan_id
        order by apart(c.geom, covered.place), c.code collate "C" limit 1
    ))
    from covered
$$;
comment on function gridward.locate_many is 'cell of each point (1-based n) on that day; no row = outside every published cell';

create function gridward.locate(lon double precision, lat double precision, day date) returns text
language sql stable parallel safe
set search_path = gridward, public, pg_temp
as $$
    select cell_code from gridward.locate_many(array[lon], array[lat], day)
$$;
comment on function gridward.locate is 'code of the cell of a point on that day; null outside';

create function gridward.revision() returns text
language sql stable parallel safe
set search_path = gridward, public, pg_temp
as $$
    select coalesce(max(id), 0)::text from change
$$;
comment on function gridward.revision is 'changes whenever a plan, an assignment, a telephone number or an outline changes';

-- A load changes what the planner knows; only the owner may look again.
create function gridward.refresh_statistics() returns void
language plpgsql security definer set search_path = gridward, public, pg_temp
as $$
begin
    analyze jurisdiction, boundary_line, entity, entity_identity, inspection, officer, assignment;
end $$;
