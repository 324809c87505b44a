-- depends_on: {{ semantic_tables().values() | join(", ") }}
{% set columns = [
    "id",
    "title",
    "question",
    "family",
    "version",
    "direction",
    "unit",
    "kind",
    "variant_of",
    "variant",
    "inclusion",
    "how_to_read",
    "standard",
    "owner",
] %}

with
    defined as (
        {% for metric in public_metrics() %}
            select
                {% for column in columns %}
                    {{ text_literal(metric[column]) }} as {{ "metric_id" if column == "id" else column }},
                {% endfor %}
                cast({{ metric["decimals"] }} as integer) as decimals,
                -- A quotient in percent or per hundred is shown a hundredfold.
                cast(
                    {{ 100 if metric["unit"] in ["percent", "per_100_students", "per_100_days"] else 1 }}
                    as integer
                ) as shown_times,
                cast({{ metric["minimum_n_report"] }} as integer) as minimum_n_report,
                cast({{ metric["minimum_n_reliability"] }} as integer) as minimum_n_reliability,
                -- Days, answers and positions are no students, and one student may have several incidents.
                {{
                    (
                        metric["kind"] == "rate"
                        and metric["unit"] == "percent"
                        and metric["denominator"] == metric["n_students"]
                    ) | lower
                }} as is_proportion,
                {{ text_literal(metric["misreadings"] | join(" ")) }} as misreadings
            {% if not loop.last %}
                union all
            {% endif %}
        {% else %}select cast(null as varchar) as metric_id
        {% endfor %}
    ),

    final as (select * from defined)

select *
from final
