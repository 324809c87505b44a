{#-
    Key of the student whom a conformed row names: the one that int_student_identities found, or a key of its own, so that
    nobody is lost and an unknown id stays the same person from row to row.

    records: alias of the conformed rows; identities: alias of int_student_identities, left joined.
-#}
{% macro resolved_student_key(records, identities) -%}
    coalesce(
        {{ identities }}.student_key,
        case
            {{ records }}.person_namespace
            when 'local'
            then {{ student_key(records ~ ".person_id") }}
            when 'state'
            then {{ state_student_key(records ~ ".person_id") }}
            else md5('source_student|' || {{ records }}.person_namespace || '|' || {{ records }}.person_id)
        end
    )
{%- endmacro %}
