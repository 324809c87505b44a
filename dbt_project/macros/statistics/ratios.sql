{#- Ratios of two groups' risks and odds, with intervals on the logarithm. -#}
{% macro ratio_functions() -%}
    create or replace macro statistics.risk_ratio(x1, n1, x2, n2) as
    case
        when {{ are_counts() }}
        then
            list_transform(
                -- Half a student in each cell where the logarithm or its error would not exist.
                [cast(case when x1 = 0 or x2 = 0 or (x1 = n1 and x2 = n2) then 0.5 else 0 end as double)],
                lambda added: {
                    'estimate': exp({{ log_risk_ratio() }}),
                    'lower': exp({{ log_risk_ratio() }} - {{ z_95() }} * {{ log_risk_ratio_error() }}),
                    'upper': exp({{ log_risk_ratio() }} + {{ z_95() }} * {{ log_risk_ratio_error() }}),
                    'is_corrected': added > 0
                }
            )[1]
    end
    ;
    create or replace macro statistics.odds_ratio(x1, n1, x2, n2) as
    case
        when {{ are_counts() }}
        then
            list_transform(
                [cast(case when x1 = 0 or x2 = 0 or x1 = n1 or x2 = n2 then 0.5 else 0 end as double)],
                lambda added: {
                    'estimate': exp({{ log_odds_ratio() }}),
                    'lower': exp({{ log_odds_ratio() }} - {{ z_95() }} * {{ log_odds_ratio_error() }}),
                    'upper': exp({{ log_odds_ratio() }} + {{ z_95() }} * {{ log_odds_ratio_error() }}),
                    'is_corrected': added > 0
                }
            )[1]
    end
    ;
{%- endmacro %}


{% macro log_risk_ratio() -%}
    (ln((x1 + added) / (n1 + 2 * added)) - ln((x2 + added) / (n2 + 2 * added)))
{%- endmacro %}


{#- Katz et al. (1978). Never below 0 but for rounding, which a root would not forgive. -#}
{% macro log_risk_ratio_error() -%}
    sqrt(greatest(0.0, 1 / (x1 + added) - 1 / (n1 + 2 * added) + 1 / (x2 + added) - 1 / (n2 + 2 * added)))
{%- endmacro %}


{% macro log_odds_ratio() -%}
    (ln((x1 + added) / (n1 - x1 + added)) - ln((x2 + added) / (n2 - x2 + added)))
{%- endmacro %}


{#- Woolf (1955). -#}
{% macro log_odds_ratio_error() -%}
    sqrt(1 / (x1 + added) + 1 / (n1 - x1 + added) + 1 / (x2 + added) + 1 / (n2 - x2 + added))
{%- endmacro %}
