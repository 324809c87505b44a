{#-
    Risk ratios of significant disproportionality under IDEA, 34 CFR 300.647: x children of n in the racial or ethnic group, and in those
    with whom it is compared. Null where either side has fewer in x than the minimum cell size, or fewer in n than the minimum n-size.
-#}
{% macro disproportionality_functions() -%}
    create or replace macro statistics.idea_risk_ratio(x, n, x_others, n_others, minimum_cell, minimum_n) as
    {{ risk_ratio_above_minimums("x_others", "n_others") }}
    ;
    create or replace macro statistics.idea_alternate_risk_ratio(
        x, n, x_state_others, n_state_others, minimum_cell, minimum_n
    ) as
    {{ risk_ratio_above_minimums("x_state_others", "n_state_others") }}
    ;
{%- endmacro %}


{% macro risk_ratio_above_minimums(x_compared, n_compared) -%}
    case
        when
            x >= minimum_cell
            and n >= minimum_n
            and {{ x_compared }} >= minimum_cell
            and {{ n_compared }} >= minimum_n
            and n > 0
            and {{ x_compared }} > 0
        then {{ proportion("x", "n") }} / {{ proportion(x_compared, n_compared) }}
    end
{%- endmacro %}
