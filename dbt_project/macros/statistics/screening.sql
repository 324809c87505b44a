{#-
    Benjamini and Hochberg's (1995) q-values in two steps, since windows do not nest: the ratio of each p, in a subquery, and
    around it the q-value, the smallest ratio of this p and of larger ones. `screen` tells one set of tests from others. Unknown p
    are no tests.
-#}
{% macro screening_functions() -%}
    create or replace macro statistics.benjamini_hochberg_ratio(p, screen) as
    p * count(p) over (partition by screen) / count(p) over (partition by screen order by p nulls last)
    ;
    create or replace macro statistics.benjamini_hochberg(ratio, p, screen) as
    case when p is not null then min(ratio) over (partition by screen order by p desc nulls last) end
    ;
{%- endmacro %}
