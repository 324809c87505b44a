-- depends_on: {{ ref("mart_student_year_by_scope") }}
-- depends_on: {{ ref("mart_source_match") }}
-- A HUGEINT becomes a double in some readers, so counts that leave the warehouse are BIGINT.
select table_name, column_name
from information_schema.columns
where table_schema = 'marts' and data_type = 'HUGEINT'
