{% set dosage = var("program_dosage") %}

with
    schools as (select * from {{ ref("dim_school") }}),

    programs as (
        select {{ group_name("program_code") }} as program, min(coalesce(program_name, program_code)) as label
        from {{ ref("fct_program_participation") }}
        where student_key is not null
        group by 1
    ),

    dosages as (
        {% for dosage_band, words, step in [
            ("low", "under " ~ dosage["medium_sessions"] ~ " sessions", 1),
            (
                "medium",
                dosage["medium_sessions"] ~ " to under " ~ dosage["high_sessions"] ~ " sessions",
                2,
            ),
            ("high", dosage["high_sessions"] ~ " sessions or more", 3),
            ("unknown", "sessions unknown", 4),
        ] %}
            select
                '{{ dosage_band }}' as dosage,
                '{{ words }}' as words,
                {{ step }} as step
                {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    members as (
        select distinct 'region' as lens, region as member, region as label, region as sorted_by, 0 as step
        from schools
        where region <> 'unknown'
        union all
        select distinct 'feeder', feeder, feeder, feeder, 0
        from schools
        where feeder <> 'unknown'
        union all
        select 'program', program, label, label, 0
        from programs
        union all
        select
            'program_dosage',
            programs.program || ':' || dosages.dosage,
            programs.label || ', ' || dosages.words,
            programs.label,
            dosages.step
        from programs
        cross join dosages
    ),

    final as (
        select
            lens,
            member,
            label,
            cast(row_number() over (partition by lens order by sorted_by, step, member) as integer) as place
        from members
    )

select *
from final
