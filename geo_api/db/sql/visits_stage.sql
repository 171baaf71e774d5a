create temp table raw_visit (
    visit_id text, entity text, made_on date, kind text, officer_id text, result text, officers text, purpose text,
    findings text, notice_no text, rectify_by date, revisit_of text, minutes integer, file text, row_no bigint,
    repeat_no integer, reason text, detail text
) on commit drop
