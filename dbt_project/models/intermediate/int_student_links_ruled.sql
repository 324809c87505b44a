{% set name_rule_systems = var("identity_name_rule_systems") %}

with
    records as (select * from {{ ref("int_student_records_keyed") }}),

    decisions as (
        select person_key, into_key
        from {{ ref("int_student_decisions_judged") }}
        where kind = 'not_same' and decision_state = 'applied'
    ),

    kept_apart as (
        select person_key, into_key
        from decisions
        union
        select into_key,
        person_key
        from decisions
    ),

    persons as (
        select
            own_key,
            min(birth_on) as first_birth_on,
            max(birth_on) as last_birth_on,
            min(state_student_id) as first_state_id,
            max(state_student_id) as last_state_id,
            min(source_system) as source_system,
            bool_or(has_enrollment) as is_enrolled,
            bool_or(is_split) as is_split,
            -- Known for sure: enrolled, or known to several systems by the same number.
            count(student_number) > 0
            and (bool_or(has_enrollment) or count(distinct source_system) > 1) as is_anchored
        from records
        group by own_key
    ),

    named as (
        select own_key, person_namespace, person_id
        from records
        qualify row_number() over (partition by own_key order by person_namespace, person_id) = 1
    ),

    traits as (
        select distinct own_key, 'state_id' as match_rule, state_student_id as trait
        from records
        where state_student_id is not null
        union all
        select distinct
            own_key,
            'name_and_birth_date' as match_rule,
            given_name || '|' || family_name || '|' || cast(birth_on as varchar)
        from records
        where given_name is not null and family_name is not null and birth_on is not null
    ),

    described as (
        select
            traits.match_rule,
            traits.trait,
            persons.*,
            not persons.is_anchored and not persons.is_split as is_open,
            count(*) over (partition by traits.match_rule, traits.trait) as holders,
            sum(case when persons.is_anchored then 1 else 0 end) over (
                partition by traits.match_rule, traits.trait
            ) as anchored_holders,
            sum(case when not persons.is_anchored and not persons.is_split then 1 else 0 end) over (
                partition by traits.match_rule, traits.trait, persons.source_system
            ) as open_holders,
            row_number() over (
                partition by traits.match_rule, traits.trait
                order by persons.is_anchored desc, persons.is_enrolled desc, persons.own_key
            ) as standing
        from traits
        inner join persons on traits.own_key = persons.own_key
    ),

    pairs as (
        select
            described.match_rule,
            described.own_key as person_key,
            others.own_key as into_key,
            described.is_open
            and described.open_holders = 1
            and others.is_anchored
            and others.anchored_holders = 1
            -- A system that knows both says that they are two.
            and not exists (
                select 1
                from records
                where records.own_key = others.own_key and records.source_system = described.source_system
            ) as is_unique,
            described.holders = 2 as is_only_pair,
            coalesce(
                described.first_birth_on = others.first_birth_on
                and described.last_birth_on = others.last_birth_on
                and described.first_birth_on = described.last_birth_on,
                true
            ) as births_agree,
            coalesce(
                described.first_state_id = others.first_state_id
                and described.last_state_id = others.last_state_id
                and described.first_state_id = described.last_state_id,
                true
            ) as state_ids_agree,
            described.source_system
        from described
        inner join
            described as others
            on described.match_rule = others.match_rule
            and described.trait = others.trait
            and described.standing > others.standing
        left join
            kept_apart on described.own_key = kept_apart.person_key and others.own_key = kept_apart.into_key
        where kept_apart.person_key is null
    ),

    judged as (
        select
            *,
            is_unique
            and case
                match_rule
                when 'state_id'
                then births_agree
                else state_ids_agree and source_system in ('', '{{ name_rule_systems | join("', '") }}')
            end as is_linked
        from pairs
    ),

    -- A person is linked once, and the state's id speaks first.
    ranked as (
        select
            *,
            row_number() over (
                partition by person_key order by is_linked desc, match_rule desc, into_key
            ) as preference
        from judged
    ),

    final as (
        select
            case
                when ranked.match_rule = 'state_id' and not ranked.births_agree
                then 'state_id_other_birth_date'
                else ranked.match_rule
            end as match_rule,
            ranked.person_key,
            ranked.into_key,
            named.person_namespace,
            named.person_id,
            others.person_namespace as into_namespace,
            others.person_id as into_id,
            ranked.is_linked and ranked.preference = 1 as is_linked
        from ranked
        inner join named on ranked.person_key = named.own_key
        inner join named as others on ranked.into_key = others.own_key
        where (ranked.is_linked and ranked.preference = 1) or ranked.is_only_pair or ranked.is_unique
    )

select *
from final
