with
    invitations as (
        select
            {{ school_key("school_number") }} as school_key,
            school_year,
            respondent_type,
            sum(invited) as invited
        from {{ ref("int_survey_invitations_united") }}
        where invited is not null
        group by 1, 2, 3
    ),

    respondents as (
        select school_key, school_year, respondent_type, count(distinct survey_response_key) as responded
        from {{ ref("fct_survey_response") }}
        group by school_key, school_year, respondent_type
    ),

    schools as (select * from {{ ref("dim_school") }}),

    scopes as (
        select 'district' as scope
        union all
        select 'school'
    ),

    asked as (
        select
            coalesce(invitations.school_key, respondents.school_key) as school_key,
            coalesce(invitations.school_year, respondents.school_year) as school_year,
            coalesce(invitations.respondent_type, respondents.respondent_type) as respondent_type,
            coalesce(invitations.invited, 0) as invited,
            coalesce(respondents.responded, 0) as responded
        from invitations
        full outer join
            respondents
            on invitations.school_key = respondents.school_key
            and invitations.school_year = respondents.school_year
            and invitations.respondent_type = respondents.respondent_type
    ),

    final as (
        select
            {{
                row_key(
                    "survey_response_by_scope",
                    ["scopes.scope", "asked.school_key", "asked.school_year", "asked.respondent_type"],
                )
            }} as survey_response_by_scope_key,
            scopes.scope,
            asked.school_year,
            {{ school_year_start("asked.school_year") }} as school_year_start_on,
            -- lenses
            case when scopes.scope = 'district' then 'district' else schools.school_number end as school,
            schools.school_level,
            asked.respondent_type,
            -- Where more answered than were invited, the count of invitations is not what it says.
            cast(
                case when asked.responded <= asked.invited then asked.invited else 0 end as bigint
            ) as invited,
            cast(
                case when asked.responded <= asked.invited then asked.responded else 0 end as bigint
            ) as responded,
            cast(
                case when asked.responded <= asked.invited then 0 else asked.responded end as bigint
            ) as responded_uninvited
        from asked
        inner join schools on asked.school_key = schools.school_key
        cross join scopes
        where asked.school_year is not null
    )

select *
from final
