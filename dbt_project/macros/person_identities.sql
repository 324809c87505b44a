{#-
    How ids lead to people, the same for students and for staff. person_type is `student` or `staff`; the models read and
    made are int_<person_type>_... The steps, in this order:

        ids_held           who holds each id, by the records themselves
        decisions_judged   what people decided: whether it counts, and whose keys it moves
        keys_resolved      keys of persons who are somebody else by a decision or a rule
        ids_matched        every known id with the one person it leads to
-#}
{#- The day by which decisions count. -#}
{% macro identity_as_of() -%}
    {%- if var("identity_as_of") -%} date '{{ var("identity_as_of") }}'
    {%- else -%} current_date
    {%- endif -%}
{%- endmacro %}


{#-
    The one person who holds an id, in a query grouped by person_namespace and person_id; null when several do. A state id
    that several records carry means the only one of them who is enrolled.
-#}
{% macro sole_holder(key_column) -%}
    case
        when count(distinct {{ key_column }}) = 1
        then min({{ key_column }})
        when
            person_namespace = 'state' and count(distinct case when is_enrolled then {{ key_column }} end) = 1
        then min(case when is_enrolled then {{ key_column }} end)
    end
{%- endmacro %}


{#- Steps from key to key along edges (person_key, into_key), as far as they lead; a circle ends by itself. -#}
{% macro walked(edges) -%}
    select person_key, into_key as reached_key
    from {{ edges }}
    union
    select walk.person_key, {{ edges }}.into_key
    from walk
    inner join {{ edges }} on walk.reached_key = {{ edges }}.person_key
{%- endmacro %}


{#-
    Decisions with the keys that they name and whether they count. Of decisions that contradict one another the earlier
    stands, by effective date and then by id, so that the order of rows does not matter.
-#}
{% macro judged_decisions(person_type) -%}
    with recursive
        decisions as (
            select
                decision_id,
                kind,
                person_namespace,
                person_id,
                into_namespace,
                into_id,
                effective_on,
                revoked_on,
                decision_state,
                cast(effective_on as varchar) || ' ' || decision_id as precedence
            from {{ ref("int_person_decisions_dated") }}
            where person_type = '{{ person_type }}'
        ),

        held as (select * from {{ ref("int_" ~ person_type ~ "_ids_held") }}),

        sole as (
            select person_namespace, person_id, {{ sole_holder("holder_key") }} as holder_key
            from held
            where not is_split_off
            group by person_namespace, person_id
        ),

        known as (
            select person_namespace, person_id
            from held
            union
            select person_namespace, person_id
            from {{ ref("int_" ~ person_type ~ "_ids_mentioned") }}
        ),

        people as (
            select
                known.person_namespace,
                known.person_id,
                coalesce(
                    sole.holder_key,
                    {{ own_id_key(person_type, "known.person_namespace", "known.person_id") }}
                ) as person_key
            from known
            left join
                sole on known.person_namespace = sole.person_namespace and known.person_id = sole.person_id
        ),

        keyed as (
            select
                decisions.*,
                people.person_key,
                others.person_key as into_key,
                least(people.person_key, others.person_key) as low_key,
                greatest(people.person_key, others.person_key) as high_key,
                decisions.decision_state = 'standing'
                and people.person_key is not null
                and others.person_key is not null
                and people.person_key <> others.person_key as joins_two
            from decisions
            left join
                people
                on decisions.person_namespace = people.person_namespace
                and decisions.person_id = people.person_id
            left join
                people as others
                on decisions.into_namespace = others.person_namespace
                and decisions.into_id = others.person_id
        ),

        kept_apart as (
            select low_key, high_key, min(precedence) as since
            from keyed
            where joins_two and kind = 'not_same'
            group by low_key, high_key
        ),

        merges as (
            select keyed.person_key, keyed.into_key, min(keyed.precedence) as precedence
            from keyed
            left join
                kept_apart
                on keyed.low_key = kept_apart.low_key
                and keyed.high_key = kept_apart.high_key
                and kept_apart.since < keyed.precedence
            where keyed.joins_two and keyed.kind = 'merge' and kept_apart.since is null
            group by keyed.person_key, keyed.into_key
        ),

        -- A person has one survivor.
        first_merges as (
            select * from merges qualify row_number() over (partition by person_key order by precedence) = 1
        ),

        walk as ({{ walked("first_merges") }}),

        circles as (
            select person_key, min(reached_key) as circle_key
            from walk
            where person_key in (select person_key from walk where person_key = reached_key)
            group by person_key
        ),

        -- The latest merge of a circle closes it, and goes.
        closing as (
            select first_merges.person_key
            from first_merges
            inner join circles on first_merges.person_key = circles.person_key
            qualify
                row_number() over (partition by circles.circle_key order by first_merges.precedence desc) = 1
        ),

        counting as (select * from first_merges where person_key not in (select person_key from closing)),

        reasoned as (
            select
                keyed.*,
                case
                    when keyed.decision_state <> 'standing'
                    then null
                    when keyed.person_key is null or (keyed.kind <> 'split' and keyed.into_key is null)
                    then 'unknown_id'
                    when keyed.kind = 'split'
                    then case when keyed.person_namespace = 'local' then 'local_number' end
                    when keyed.kind = 'not_same' and not keyed.joins_two
                    then 'one_person'
                    when keyed.kind = 'not_same'
                    then case when merges.precedence < keyed.precedence then 'merged' end
                    when not keyed.joins_two or counting.person_key is not null
                    then null
                    when kept_apart.since < keyed.precedence
                    then 'kept_apart'
                    when first_merges.person_key is null
                    then 'second_survivor'
                    else 'circle'
                end as refusal_reason
            from keyed
            left join
                kept_apart on keyed.low_key = kept_apart.low_key and keyed.high_key = kept_apart.high_key
            left join
                (
                    select
                        least(person_key, into_key) as low_key,
                        greatest(person_key, into_key) as high_key,
                        min(precedence) as precedence
                    from counting
                    group by 1, 2
                ) as merges
                on keyed.low_key = merges.low_key
                and keyed.high_key = merges.high_key
            left join
                first_merges
                on keyed.person_key = first_merges.person_key
                and keyed.into_key = first_merges.into_key
            left join
                counting on keyed.person_key = counting.person_key and keyed.into_key = counting.into_key
        ),

        final as (
            select
                decision_id,
                kind,
                person_namespace,
                person_id,
                into_namespace,
                into_id,
                effective_on,
                revoked_on,
                person_key,
                into_key,
                case
                    when decision_state <> 'standing'
                    then decision_state
                    when refusal_reason is not null
                    then 'refused'
                    when kind = 'merge' and not joins_two
                    then 'no_effect'
                    else 'applied'
                end as decision_state,
                refusal_reason
            from reasoned
        )

    select *
    from final
{%- endmacro %}


{#-
    Keys of persons who are somebody else, with the one whom they are: by chains of merges, and by what rules linked
    (`links`, a query of person_key, into_key and match_rule). A decision comes before a rule.
-#}
{% macro resolved_person_keys(person_type, links) -%}
    with recursive
        merges as (
            select distinct person_key, into_key
            from {{ ref("int_" ~ person_type ~ "_decisions_judged") }}
            where kind = 'merge' and decision_state = 'applied'
        ),

        walk as ({{ walked("merges") }}),

        decided as (
            select person_key, reached_key as decided_key
            from walk
            where reached_key not in (select person_key from merges)
        ),

        links as ({{ links }}),

        -- What a decision has moved, or has made the same already, is no longer a rule's business.
        open_links as (
            select
                links.person_key,
                coalesce(decided.decided_key, links.into_key) as linked_key,
                links.match_rule
            from links
            left join decided on links.into_key = decided.person_key
            where
                links.person_key not in (select person_key from merges)
                and coalesce(decided.decided_key, links.into_key) <> links.person_key
        ),

        -- A rule leads to a person, never to another rule, so that rules cannot go in circles.
        valid_links as (select * from open_links where linked_key not in (select person_key from open_links)),

        moved as (
            select person_key, decided_key, 'decision' as resolved_by
            from decided
            union all
            select person_key, person_key, match_rule
            from valid_links
        ),

        final as (
            select
                moved.person_key,
                coalesce(valid_links.linked_key, moved.decided_key) as resolved_key,
                moved.resolved_by
            from moved
            left join valid_links on moved.decided_key = valid_links.person_key
        )

    select *
    from final
{%- endmacro %}


{#- Every known id with the one person that it leads to; what leads to nobody, or to several, keeps a key of its own. -#}
{% macro matched_ids(person_type) -%}
    with
        held as (select * from {{ ref("int_" ~ person_type ~ "_ids_held") }}),

        resolved as (select * from {{ ref("int_" ~ person_type ~ "_keys_resolved") }}),

        rostered as (
            select *
            from {{ ref("int_students_rostered" if person_type == "student" else "int_staff_rostered") }}
        ),

        resolved_holders as (
            select
                held.person_namespace,
                held.person_id,
                held.is_enrolled,
                coalesce(resolved.resolved_key, held.holder_key) as resolved_key,
                case when resolved.person_key is null then held.match_rule end as plain_rule,
                resolved.resolved_by
            from held
            left join resolved on held.holder_key = resolved.person_key
            where not held.is_split_off
        ),

        sole as (
            select
                person_namespace,
                person_id,
                {{ sole_holder("resolved_key") }} as resolved_key,
                coalesce(min(plain_rule), min(resolved_by)) as match_rule
            from resolved_holders
            group by person_namespace, person_id
        ),

        known as (
            select person_namespace, person_id
            from held
            union
            select person_namespace, person_id
            from {{ ref("int_" ~ person_type ~ "_ids_mentioned") }}
            where person_id is not null
        ),

        owned as (
            select
                person_namespace,
                person_id,
                {{ own_id_key(person_type, "person_namespace", "person_id") }} as own_key
            from known
        ),

        final as (
            select
                owned.person_namespace,
                owned.person_id,
                coalesce(resolved.resolved_key, sole.resolved_key, owned.own_key) as {{ person_type }}_key,
                case
                    when
                        rostered.{{ person_type }}_key is not null
                        or coalesce(resolved.resolved_key, sole.resolved_key) <> owned.own_key
                    then coalesce(resolved.resolved_by, sole.match_rule)
                end as match_rule,
                case
                    when rostered.{{ person_type }}_key is not null
                    then 'matched'
                    when
                        sole.person_id is not null
                        and sole.resolved_key is null
                        and resolved.resolved_key is null
                    then 'ambiguous'
                    else 'unmatched'
                end as match_status,
                owned.own_key
            from owned
            left join
                sole on owned.person_namespace = sole.person_namespace and owned.person_id = sole.person_id
            left join resolved on owned.own_key = resolved.person_key
            left join
                rostered
                on coalesce(resolved.resolved_key, sole.resolved_key, owned.own_key)
                = rostered.{{ person_type }}_key
        )

    select *
    from final
{%- endmacro %}
