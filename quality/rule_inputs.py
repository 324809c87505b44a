"""What rules read besides the raw tables: SQL macros, seed tables and parsed, indexed copies of the roster.

Everything is temporary and lives as long as the connection. Rules may use, in this order of appearance:

    macros      rule_date(text), rule_number(text), rule_year(text), rule_code(text), rule_grade(text),
                rule_school_year(date), rule_state_id(text), rule_is_deleted(text),
                rule_is_soft_deleted(text), rule_today();
                they parse exactly as the staging models do
    seeds       rule_seed_attendance_codes, rule_seed_day_types, rule_seed_discipline_actions,
                rule_seed_edfi_descriptors, rule_seed_gender_codes, rule_seed_grade_levels, rule_seed_student_statuses,
                rule_seed_assessment_cuts
    rule_metric        the metrics that the platform computes, by id
    rule_control_total each control total of a table beside what has landed (raw stage; see `control_totals`)
    accepted_<table>   the raw table without the rows that earlier rules rejected
    rule_not_a_student    people of `oneroster__*` with another role: of OneRoster 1.1 the person's own line gives it
    rule_user, rule_student, rule_class, rule_spell, rule_roster_year     from `oneroster__*`
    rule_calendar_year, rule_school_day, rule_uncertain_day              from `sis_files__calendar`
    rule_attendance, rule_result                                         their raw tables, parsed

A district that does not send a feed has the table, empty, so that a rule which joins it accuses nobody.
"""

from datetime import date
from pathlib import Path

import duckdb

from quality.errors import RuleError
from quality.registry import METRIC_IDS, source_tables
from quality.sql_literals import sql_string

_LOOKED_UP_FIRST = (
    "oneroster__orgs",
    "oneroster__academic_sessions",
    "oneroster__users",
    "oneroster__roles",
    "oneroster__courses",
    "oneroster__classes",
    "oneroster__demographics",
    "oneroster__enrollments",
    "sis_files__calendar",
    "sis_files__attendance",
    "sis_files__statuses",
    "sis_files__discipline",
    "sis_files__student_attributes",
    "sis_files__marks",
    "assessment_files__results",
)
"""A table comes after those that its rules look things up in, so that a rejected user takes no row along unseen."""

_MACROS = """
create or replace temp macro rule_today() as date '{today}';
create or replace temp macro rule_date(x) as (
    select case when d between date '1900-01-01' and date '2199-12-31' then d end
    from (select try_strptime(trim(x), ['%Y-%m-%d', '%m/%d/%Y', '%Y-%m-%d %H:%M:%S', '%Y%m%d'])::date as d)
);
create or replace temp macro rule_number(x) as try_cast(trim(x) as double);
create or replace temp macro rule_year(x) as try_cast(right(trim(x), 4) as integer);
create or replace temp macro rule_code(x) as nullif(lower(trim(x)), '');
create or replace temp macro rule_school_year(d) as year(d) + (month(d) >= {starts_month})::int;
create or replace temp macro rule_is_deleted(x) as coalesce(lower(trim(x)) in ('tobedeleted', 'inactive'), false);
create or replace temp macro rule_is_soft_deleted(x) as coalesce(
    case
        when rule_code(x) in ('true', 't', '1', 'yes', 'y') then true
        when rule_code(x) in ('false', 'f', '0', 'no', 'n') then false
    end,
    rule_code(x) is not null
);
create or replace temp macro rule_state_id(x) as nullif(
    trim(regexp_extract(x, '(?i)\\{{\\s*StateID\\s*:\\s*([^}}]*)\\}}', 1)), ''
);
create or replace temp macro rule_grade(x) as map_extract_value({grades}, rule_code(x));
"""

_SEEDS = {
    "rule_seed_attendance_codes": ("attendance_codes.csv", ("attendance_code",)),
    "rule_seed_day_types": ("calendar_day_types.csv", ("day_type", "is_school_day")),
    "rule_seed_discipline_actions": ("discipline_actions.csv", ("action_code",)),
    "rule_seed_edfi_descriptors": ("edfi_descriptors.csv", ("namespace", "code_value")),
    "rule_seed_exit_codes": ("exit_codes.csv", ("exit_code",)),
    "rule_seed_gender_codes": ("gender_codes.csv", ("gender_code",)),
    "rule_seed_grade_levels": ("grade_levels.csv", ("grade_code", "grade_level")),
    "rule_seed_student_statuses": ("student_statuses.csv", ("status_type", "status_code")),
    "rule_seed_assessment_cuts": (
        "assessment_cuts.csv",
        (
            "instrument",
            "subject",
            "grade",
            "min_score",
            "max_score",
            "level2_cut",
            "level3_cut",
            "level4_cut",
        ),
    ),
}

_INPUTS_BEFORE: dict[str, str] = {
    "oneroster__roles": """
create or replace temp table rule_user as
select
    u.sourced_id as user_sourced_id,
    nullif(trim(u.identifier), '') as student_number,
    rule_state_id(u.user_ids) as state_id,
    rule_is_deleted(u.status) as is_deleted,
    rule_grade(u.grades) as grade,
    u._source_file,
    u._source_row
from accepted_oneroster__users as u;
""",
    "oneroster__demographics": """
create or replace temp table rule_class as
select
    c.sourced_id as class_sourced_id,
    lower(trim(c.class_type)) = 'homeroom' as is_homeroom,
    list_filter(
        list_transform(string_split(coalesce(c.grades, ''), ','), lambda g: rule_grade(g)), lambda g: g is not null
    ) as grades
from accepted_oneroster__classes as c
where not rule_is_deleted(c.status);

create or replace temp table rule_latest_enrollment as
select e.user_sourced_id, rule_school_year(max(rule_date(e.begin_date))) as school_year,
    min(rule_date(e.begin_date)) as first_begin_on
from raw.oneroster__enrollments as e
where rule_date(e.begin_date) is not null and rule_date(e.begin_date) <= rule_today()
group by e.user_sourced_id;
""",
    "sis_files__calendar": """
create or replace temp table rule_spell as
select distinct
    e.user_sourced_id,
    u.student_number,
    nullif(trim(o.identifier), '') as school_number,
    rule_date(e.begin_date) as begin_on,
    coalesce(rule_date(e.end_date), date '9999-12-31') as end_on,
    coalesce(c.is_homeroom, false) as is_homeroom,
    c.grades
from accepted_oneroster__enrollments as e
inner join rule_user as u on u.user_sourced_id = e.user_sourced_id
inner join accepted_oneroster__orgs as o on o.sourced_id = e.school_sourced_id
left join rule_class as c on c.class_sourced_id = e.class_sourced_id
where lower(trim(e.role)) = 'student' and not rule_is_deleted(e.status) and rule_date(e.begin_date) is not null;

create or replace temp table rule_roster_year as
select distinct school_number, school_year
from (
    select school_number, rule_school_year(begin_on) as school_year from rule_spell
    union all
    select school_number, rule_school_year(least(end_on - 1, rule_today())) from rule_spell where end_on > begin_on
);
""",
    "sis_files__attendance": """
create or replace temp table rule_calendar_day as
select trim(c.school_id) as school_number, rule_date(c.calendar_date) as date_on,
    d.is_school_day = 'true' as is_school_day
from accepted_sis_files__calendar as c
inner join rule_seed_day_types as d on rule_code(d.day_type) = rule_code(c.day_type)
where rule_date(c.calendar_date) is not null;

create or replace temp table rule_calendar_year as
select distinct school_number, rule_school_year(date_on) as school_year from rule_calendar_day where is_school_day;

create or replace temp table rule_school_day as
select distinct school_number, date_on from rule_calendar_day where is_school_day;

create or replace temp table rule_uncertain_day as
select trim(c.school_id) as school_number, rule_date(c.calendar_date) as date_on
from raw.sis_files__calendar as c
where rule_date(c.calendar_date) is not null
    and c._row_id in (select row_id from rule_rejected where source_table = 'sis_files__calendar')
except
select school_number, date_on from rule_calendar_day;

create or replace temp view rule_attendance as
select a._row_id, a._source_file, a._source_row, trim(a.student_id) as student_number,
    trim(a.school_id) as school_number, rule_date(a.attendance_date) as attended_on, a.attendance_date,
    a.attendance_code, a.day_fraction, nullif(trim(a.period), '') as period,
    coalesce(a.record_basis, 'exceptions') = 'every_day' as is_every_day
from raw.sis_files__attendance as a;
""",
    "assessment_files__results": """
create or replace temp table rule_result as
select r._row_id, r._source_file, r._source_row, upper(trim(r.instrument)) as instrument,
    upper(trim(r.subject)) as subject, rule_grade(r.tested_grade) as grade, rule_number(r.scale_score) as score,
    r.school_year, r.window_name, trim(r.student_id) as student_id,
    lower(trim(r.student_id_type)) = 'state' as is_state_id,
    coalesce(lower(trim(r.student_id_type)) = 'vendor', false) as is_vendor_id, rule_date(r.test_date) as tested_on,
    nullif(upper(trim(r.status_code)), '') as status_code, r.scale_score, r.performance_level,
    coalesce(nullif(upper(trim(r.status_code)), ''), 'VALID') = 'VALID' as is_valid
from raw.assessment_files__results as r;
""",
}

_OTHER_ROLES = """
create or replace temp view rule_not_a_student as
select r.user_sourced_id from raw.oneroster__roles as r
where rule_code(r.role) <> 'student' and not rule_is_deleted(r.status)
union
select u.sourced_id from raw.oneroster__users as u
where rule_code(u.role) <> 'student' and not exists (
    select 1 from raw.oneroster__roles as r
    where r.user_sourced_id = u.sourced_id and not rule_is_deleted(r.status));
"""

_STUDENT_NUMBERS = """
create or replace temp table rule_student as
select distinct student_number from rule_user where student_number is not null;
"""


FROZEN_INPUTS = {
    "rule_frozen_figure": "metric_id varchar",
    "rule_frozen_change": "window_id varchar, version integer, metric_id varchar, school_year integer, "
    "organization_level varchar, organization varchar, dimension varchar, member varchar, change varchar, "
    "explanation varchar",
}
"""What rules on frozen figures read: every frozen figure, and those that the marts show otherwise."""


def evaluation_order() -> tuple[str, ...]:
    """Every raw source table, those that others look things up in first."""
    return (*_LOOKED_UP_FIRST, *(table for table in source_tables() if table not in _LOOKED_UP_FIRST))


def prepare_inputs(
    connection: duckdb.DuckDBPyConnection, *, today: date, reference_dir: Path, school_year_starts_month: int
) -> None:
    """Define the macros, the seed tables and the `accepted_*` views.

    Args:
        today: what counts as the present; later dates are in the future.
        reference_dir: folder under which the seed files lie, at any depth.

    Raises:
        RuleError: a seed is missing or lacks a column.
    """
    for name, (file_name, columns) in _SEEDS.items():
        _register_seed(connection, name, reference_dir, file_name, columns)
    connection.execute(
        _MACROS.format(today=today.isoformat(), starts_month=school_year_starts_month, grades=_grade_map(connection))
    )
    connection.execute("create or replace temp table rule_metric as select unnest(?) as metric", [list(METRIC_IDS)])
    connection.execute(_OTHER_ROLES)
    connection.execute("create or replace temp table rule_rejected (source_table varchar, row_id varchar)")
    for table in source_tables():
        connection.execute(
            f"create or replace temp view accepted_{table} as select t.* from raw.{table} as t anti join "
            f"(select row_id from rule_rejected where source_table = '{table}') as q on q.row_id = t._row_id"
        )


def prepare_inputs_before(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Build what the rules of a table look things up in; tables must come in `evaluation_order()`."""
    if table in _INPUTS_BEFORE:
        connection.execute(_INPUTS_BEFORE[table])
    if table == "oneroster__roles":
        connection.execute(_STUDENT_NUMBERS)


def latest_delivery(connection: duckdb.DuckDBPyConnection) -> date | None:
    """Date of the newest delivery of any source, if there is one."""
    row = connection.execute("select max(delivered_on) from raw._deliveries").fetchone()
    return row[0] if row else None


def _grade_map(connection: duckdb.DuckDBPyConnection) -> str:
    """The grade crosswalk as a SQL map literal: a macro may use that where a subquery is not allowed."""
    pairs = connection.execute("select lower(trim(grade_code)), grade_level from rule_seed_grade_levels").fetchall()
    return "map {" + ", ".join(f"'{code}': '{level}'" for code, level in pairs) + "}"


def _register_seed(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    reference_dir: Path,
    file_name: str,
    columns: tuple[str, ...],
) -> None:
    path = next(iter(sorted(reference_dir.rglob(file_name))), None)
    if path is None:
        raise RuleError(f"no {file_name} under {reference_dir.name}/; rules need it as the list of known codes")
    try:
        connection.execute(
            f"create or replace temp table {name} as select {', '.join(columns)} "
            f"from read_csv({sql_string(path)}, all_varchar = true, header = true)"
        )
    except duckdb.Error as error:
        raise RuleError(f"{file_name} lacks one of the columns {', '.join(columns)}") from error
