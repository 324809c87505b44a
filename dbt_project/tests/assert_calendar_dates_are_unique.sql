-- A school has one kind of day on a date.
select school_key, date_on
from {{ ref("dim_school_calendar") }}
group by school_key, date_on
having count(*) > 1
