with
    found as (select * from {{ ref("int_lens_members_found") }}),

    lenses as (
        {% for lens in lenses() %}
            select
                {{ text_literal(lens["id"]) }} as lens,
                {{ text_literal(lens["title"]) }} as lens_title,
                {{ text_literal(lens["kind"]) }} as kind,
                {{ text_literal(lens["time_policy"]) }} as time_policy {{ "union all" if not loop.last }}
        {% else %}select cast(null as varchar) as lens
        {% endfor %}
    ),

    defined as (
        {% for lens in lenses() if lens["members"] %}
            {% set of_lens = loop %}
            {% for member in lens["members"] %}
                select
                    {{ text_literal(lens["id"]) }} as lens,
                    {{ text_literal(member["value"]) }} as member,
                    {{ text_literal(member["label"]) }} as label,
                    {{ loop.index }} as place,
                    {{ (member["value"] | string == lens["reference_member"] | string) | lower }}
                    as is_reference
                    {{ "union all" if not (loop.last and of_lens.last) }}
            {% endfor %}
        {% else %}select cast(null as varchar) as lens
        {% endfor %}
    ),

    members as (
        select lens, member, label, place, false as is_reference, true as is_found
        from found
        union all
        select lens, member, label, place, is_reference, false
        from defined
    ),

    final as (
        select
            lenses.lens,
            lenses.lens_title,
            lenses.kind,
            lenses.time_policy,
            members.member,
            members.label,
            -- Those that the data listed come first; what is left, such as unknown, is what the definition
            -- lists.
            cast(
                row_number() over (
                    partition by lenses.lens order by members.is_found desc, members.place
                ) as integer
            ) as place,
            members.is_reference,
            members.is_found
        from members
        inner join lenses using (lens)
    )

select *
from final
