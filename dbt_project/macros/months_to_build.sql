{#-
    Months of attendance that an incremental model has to build: those whose inputs are others than the ones that its rows were
    made from. None where it is built as a whole.

    The rows themselves carry the fingerprint of their inputs, so whatever was interrupted, restored or changed is noticed.
    inputs: relation with `attendance_month` and `inputs_fingerprint`.
-#}
{% macro months_to_build(inputs) -%}
    {% if not (execute and is_incremental()) %} {{ return(none) }} {% endif %}
    {% set differing %}
        select coalesce(needed.attendance_month, built.attendance_month) as attendance_month
        from (select distinct attendance_month, inputs_fingerprint from {{ inputs }}) as needed
        full outer join
            (select distinct attendance_month, inputs_fingerprint from {{ this }}) as built
            on needed.attendance_month = built.attendance_month
        where needed.inputs_fingerprint is distinct from built.inputs_fingerprint
        order by 1
    {% endset %}
    {{ return(run_query(differing).columns[0].values() | map("string") | list) }}
{%- endmacro %}


{#-
    Condition that a date lies in one of the months; true for all where months is none. Written as ranges of literals, which a
    database applies before it joins.
-#}
{% macro in_months(date_expression, months) -%}
    {%- if months is none -%} true
    {%- else -%}
        (
            false
            {%- for month in months %}
                or (
                    {{ date_expression }} >= cast('{{ month }}' as date)
                    and {{ date_expression }} < {{ dbt.dateadd("month", 1, "cast('" ~ month ~ "' as date)") }}
                )
            {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}


{#- Statement that takes the rows of the months out of an incremental model before they are built anew. -#}
{% macro delete_months(inputs) -%}
    {% set months = months_to_build(inputs) %}
    {% if months is not none %} delete from {{ this }} where {{ in_months("attendance_month", months) }}
    {% else %} select 1
    {% endif %}
{%- endmacro %}


{#- First day of the month of a date. -#}
{% macro month_of(date_expression) -%}
    cast({{ dbt.date_trunc("month", date_expression) }} as date)
{%- endmacro %}


{#- What the SQL of models says, as one text: rows are built anew when it changes. -#}
{% macro code_of(models) -%}
    {% set checksums = [] %}
    {% if execute %}
        {% for model in models %}
            {% do checksums.append(graph["nodes"]["model.stocktake." ~ model]["checksum"]["checksum"]) %}
        {% endfor %}
    {% endif %}
    {{ return(local_md5(checksums | join("|"))) }}
{%- endmacro %}


{#- A number that stands for the values of a row; the sum over rows stands for the rows in any order, repeated ones included. -#}
{% macro row_fingerprint(expressions) -%}
    {{ return(adapter.dispatch("row_fingerprint")(expressions)) }}
{%- endmacro %}

{% macro default__row_fingerprint(expressions) -%}
    cast(hash({{ expressions | join(", ") }}) as decimal(38, 0))
{%- endmacro %}

{% macro spark__row_fingerprint(expressions) -%}
    cast(xxhash64({{ expressions | join(", ") }}) as decimal(38, 0))
{%- endmacro %}
