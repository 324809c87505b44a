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


{#-
    Key of the member of staff whom a conformed row names, in the same way: found by int_staff_identities, or a key of its own.
-#}
{% macro resolved_staff_key(records, identities) -%}
    coalesce(
        {{ identities }}.staff_key,
        case
            {{ records }}.person_namespace
            when 'local'
            then {{ staff_key(records ~ ".person_id") }}
            else md5('source_staff|' || {{ records }}.person_namespace || '|' || {{ records }}.person_id)
        end
    )
{%- endmacro %}
