{#-
    Key that an id has by itself, as long as nothing says whose it is: an unknown id stays the same person from row to row.
-#}
{% macro own_id_key(person_type, namespace, id) -%}
    {%- if person_type == "staff" -%}
        case
            {{ namespace }}
            when 'local'
            then {{ staff_key(id) }}
            else md5('source_staff|' || {{ namespace }} || '|' || {{ id }})
        end
    {%- else -%}
        case
            {{ namespace }}
            when 'local'
            then {{ student_key(id) }}
            when 'state'
            then {{ state_student_key(id) }}
            else md5('source_student|' || {{ namespace }} || '|' || {{ id }})
        end
    {%- endif -%}
{%- endmacro %}


{#-
    Key of the student whom a conformed row names: the one that int_student_identities found, or a key of its own, so that
    nobody is lost.

    records: alias of the conformed rows; identities: alias of int_student_identities, left joined.
-#}
{% macro resolved_student_key(records, identities) -%}
    coalesce(
        {{ identities }}.student_key,
        {{ own_id_key("student", records ~ ".person_namespace", records ~ ".person_id") }}
    )
{%- endmacro %}


{#-
    Key of the member of staff whom a conformed row names, in the same way: found by int_staff_identities, or a key of its own.
-#}
{% macro resolved_staff_key(records, identities) -%}
    coalesce(
        {{ identities }}.staff_key,
        {{ own_id_key("staff", records ~ ".person_namespace", records ~ ".person_id") }}
    )
{%- endmacro %}
