{#-
    Creates the statistics of outcome gaps as functions in schema `statistics` of the warehouse, at the start of each dbt run.
    Snapshots carry them on, so each function stands alone: one that called another would not be found from a database that
    is merely attached. What they share is written into each of them by the macros beside this file. They are described in
    docs/reference/statistics.md.
-#}
{% macro create_statistics_functions() -%}
    {{ return(adapter.dispatch("create_statistics_functions")()) }}
{%- endmacro %}


{% macro default__create_statistics_functions() -%}
    create schema if not exists statistics
    ;
    {{ distribution_functions() }}
    {{ proportion_functions() }}
    {{ ratio_functions() }}
    {{ mean_functions() }}
    {{ change_functions() }}
    {{ decomposition_functions() }}
    {{ inequality_functions() }}
    {{ ordered_level_functions() }}
    {{ screening_functions() }}
    {{ disproportionality_functions() }}
{%- endmacro %}


{#- The normal quantile of a two-sided interval of 95 %, as all intervals are. -#}
{% macro z_95() -%} cast(1.959963984540054 as double) {%- endmacro %}
