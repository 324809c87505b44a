{#-
    How far two groups' distributions over ordered levels are apart, whatever the levels' scale (Ho and Reardon 2012): from lists of
    students per level, from the lowest level to the highest.
-#}
{% macro ordered_level_functions() -%}
    create or replace macro statistics.probability_of_superiority(counts_a, counts_b) as
    case when {{ are_levels() }} then {{ probability_of_superiority() }} end
    ;
    -- Nobody is above anybody of the other group, or everybody is: no finite V.
    create or replace macro statistics.tie_split_v(counts_a, counts_b) as
    case
        when {{ are_levels() }}
        then
            list_transform(
                [{{ probability_of_superiority() }}], lambda p: sqrt(2) * {{ normal_quantile("p") }}
            )[1]
    end
    ;
{%- endmacro %}


{% macro are_levels() -%}
    len(counts_a) = len(counts_b)
    and list_count(counts_a) = len(counts_a)
    and list_count(counts_b) = len(counts_b)
    and list_min(counts_a) >= 0
    and list_min(counts_b) >= 0
    and list_sum(counts_a) > 0
    and list_sum(counts_b) > 0
{%- endmacro %}


{#- Chance that a student of group a is at a higher level than one of group b, a tie counting half. -#}
{% macro probability_of_superiority() -%}
    list_sum(
        list_transform(
            cast(counts_a as double[]),
            lambda one,
            level:one * (coalesce(list_sum(counts_b[1:level - 1]), 0) + counts_b[level] / 2)
        )
    )
    / (list_sum(cast(counts_a as double[])) * list_sum(cast(counts_b as double[])))
{%- endmacro %}
