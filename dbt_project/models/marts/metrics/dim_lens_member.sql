-- depends_on: {{ semantic_tables().values() | join(", ") }}
with
    defined as (
        {% for lens in lenses() if lens["members"] %}
            {% set of_lens = loop %}
            {% for member in lens["members"] %}
                select
                    {{ text_literal(lens["id"]) }} as dimension,
                    {{ text_literal(lens["title"]) }} as dimension_title,
                    {{ text_literal(lens["kind"]) }} as dimension_kind,
                    {{ text_literal(lens["time_policy"]) }} as time_policy,
                    {{ text_literal(member["value"]) }} as member,
                    {{ text_literal(member["label"]) }} as member_label,
                    cast({{ loop.index }} as integer) as member_order,
                    {{ (member["value"] | string == lens["reference_member"] | string) | lower }}
                    as is_reference
                {% if not (loop.last and of_lens.last) %}
                    union all
                {% endif %}
            {% endfor %}
        {% else %}select cast(null as varchar) as dimension
        {% endfor %}
    ),

    final as (select * from defined)

select *
from final
