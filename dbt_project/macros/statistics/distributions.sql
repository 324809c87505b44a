{#- Distributions, by published approximations whose largest errors docs/reference/statistics.md states. -#}
{% macro distribution_functions() -%}
    create or replace macro statistics.normal_cdf(z) as
    case
        when cast(z as double) > 0
        then 1 - {{ normal_upper_tail("cast(z as double)") }}
        else {{ normal_upper_tail("-cast(z as double)") }}
    end
    ;
    create or replace macro statistics.two_sided_p(z) as
    2 * {{ normal_upper_tail("abs(cast(z as double))") }}
    ;
    create or replace macro statistics.normal_quantile(p) as
    {{ normal_quantile("cast(p as double)") }}
    ;
    create or replace macro statistics.t_quantile(p, df) as
    case
        when p = 0.5 and df >= 2
        then 0.0
        when p > 0 and p < 1 and df >= 2
        then
            sign(p - 0.5) * list_transform(
                [{{ normal_quantile("least(cast(p as double), 1 - cast(p as double))") }}],
                lambda z: {{ t_deviate("z", "2 * least(cast(p as double), 1 - cast(p as double))", "cast(df as double)") }}
            )[1]
    end
    ;
{%- endmacro %}


{#- A polynomial by Horner's rule; coefficients from the highest power to the constant. -#}
{% macro polynomial(x, coefficients) -%}
    {%- for coefficient in coefficients[1:] -%} ({%- endfor -%}{{ coefficients[0] }}
    {%- for coefficient in coefficients[1:] -%} * {{ x }} + {{ coefficient }}) {%- endfor -%}
{%- endmacro %}


{#-
    P(Z > z) for z >= 0: Hart's rational approximation 5666 and, far out, his continued fraction, in the arrangement of
    West (2005), Better approximations to cumulative normal functions.
-#}
{% macro normal_upper_tail(z) -%}
    {%- set above = [
        "3.52624965998911e-02",
        "0.700383064443688",
        "6.37396220353165",
        "33.912866078383",
        "112.079291497871",
        "221.213596169931",
        "220.206867912376",
    ] -%}
    {%- set below = [
        "8.83883476483184e-02",
        "1.75566716318264",
        "16.064177579207",
        "86.7807322029461",
        "296.564248779674",
        "637.333633378831",
        "793.826512519948",
        "440.413735824752",
    ] -%}
    case
        when {{ z }} > 37
        then 0.0
        when {{ z }} < 7.07106781186547
        then
            exp(- ({{ z }}) * ({{ z }}) / 2)
            * {{ polynomial("(" ~ z ~ ")", above) }}
            / {{ polynomial("(" ~ z ~ ")", below) }}
        else
            exp(- ({{ z }}) * ({{ z }}) / 2)
            / ({{ z }} + 1 / ({{ z }} + 2 / ({{ z }} + 3 / ({{ z }} + 4 / ({{ z }} + 0.65)))))
            / 2.506628274631
    end
{%- endmacro %}


{#- Wichura (1988), algorithm AS 241 (PPND16); null outside 0 < p < 1. -#}
{% macro normal_quantile(p) -%}
    {%- set middle = "(0.180625 - (" ~ p ~ " - 0.5) * (" ~ p ~ " - 0.5))" -%}
    {%- set tail = "sqrt(-ln(least(" ~ p ~ ", 1 - (" ~ p ~ "))))" -%}
    case
        when not ({{ p }} > 0 and {{ p }} < 1)
        then null
        when abs({{ p }} - 0.5) <= 0.425
        then
            ({{ p }} - 0.5)
            * {{
                polynomial(
                    middle,
                    [
                        "2509.0809287301226727",
                        "33430.575583588128105",
                        "67265.770927008700853",
                        "45921.953931549871457",
                        "13731.693765509461125",
                        "1971.5909503065514427",
                        "133.14166789178437745",
                        "3.387132872796366608",
                    ],
                )
            }}
            / {{
                polynomial(
                    middle,
                    [
                        "5226.495278852854561",
                        "28729.085735721942674",
                        "39307.89580009271061",
                        "21213.794301586595867",
                        "5394.1960214247511077",
                        "687.1870074920579083",
                        "42.313330701600911252",
                        "1.0",
                    ],
                )
            }}
        when {{ tail }} <= 5
        then
            sign({{ p }} - 0.5)
            * {{
                polynomial(
                    "(" ~ tail ~ " - 1.6)",
                    [
                        "7.7454501427834140764e-4",
                        "0.0227238449892691845833",
                        "0.24178072517745061177",
                        "1.27045825245236838258",
                        "3.64784832476320460504",
                        "5.7694972214606914055",
                        "4.6303378461565452959",
                        "1.42343711074968357734",
                    ],
                )
            }}
            / {{
                polynomial(
                    "(" ~ tail ~ " - 1.6)",
                    [
                        "1.05075007164441684324e-9",
                        "5.475938084995344946e-4",
                        "0.0151986665636164571966",
                        "0.14810397642748007459",
                        "0.68976733498510000455",
                        "1.6763848301838038494",
                        "2.05319162663775882187",
                        "1.0",
                    ],
                )
            }}
        else
            sign({{ p }} - 0.5)
            * {{
                polynomial(
                    "(" ~ tail ~ " - 5)",
                    [
                        "2.01033439929228813265e-7",
                        "2.71155556874348757815e-5",
                        "0.0012426609473880784386",
                        "0.026532189526576123093",
                        "0.29656057182850489123",
                        "1.7848265399172913358",
                        "5.4637849111641143699",
                        "6.6579046435011037772",
                    ],
                )
            }}
            / {{
                polynomial(
                    "(" ~ tail ~ " - 5)",
                    [
                        "2.04426310338993978564e-15",
                        "1.4215117583164458887e-7",
                        "1.8463183175100546818e-5",
                        "7.868691311456132591e-4",
                        "0.0148753612908506148525",
                        "0.13692988092273580531",
                        "0.59983220655588793769",
                        "1.0",
                    ],
                )
            }}
    end
{%- endmacro %}


{#-
    Absolute value of the t quantile whose two tails hold `tails` together: Hill (1970), algorithm 396. `z` is the normal quantile
    of one tail, below 0; `df` need not be whole. Null for fewer than 2, where the approximation is poor.
-#}
{% macro t_deviate(z, tails, df) -%}
    {%- set a -%} (1 / ({{ df }} - 0.5)) {%- endset -%}
    {%- set b -%} (48 * pow({{ df }} - 0.5, 2)) {%- endset -%}
    {%- set c -%} (((20700 * {{ a }} / {{ b }} - 98) * {{ a }} - 16) * {{ a }} + 96.36) {%- endset -%}
    {%- set d -%}
    (((94.5 / ({{ b }} + {{ c }}) - 3) / {{ b }} + 1) * sqrt({{ a }} * pi() / 2) * {{ df }})
    {%- endset -%}
    {%- set squared -%} ({{ z }} * {{ z }}) {%- endset -%}
    {%- set divisor -%}
    (
        (((0.05 * {{ d }} * {{ z }} - 5) * {{ z }} - 7) * {{ z }} - 2) * {{ z }}
        + {{ b }}
        + {{ c }}
        + case when {{ df }} < 5 then 0.3 * ({{ df }} - 4.5) * ({{ z }} + 0.6) else 0 end
    )
    {%- endset -%}
    case
        when {{ df }} < 2
        then null
        when {{ df }} = 2
        then sqrt(2 / ({{ tails }} * (2 - {{ tails }})) - 2)
        when pow({{ d }} * {{ tails }}, 2 / {{ df }}) > 0.05 + {{ a }}
        then
            sqrt(
                {{ df }} * (
                    exp(
                        {{ a }} * pow(
                            (
                                (
                                    {{ polynomial(squared, ["0.4", "6.3", "36", "94.5"]) }} / {{ divisor }}
                                    - {{ squared }}
                                    - 3
                                )
                                / {{ b }}
                                + 1
                            )
                            * {{ z }},
                            2
                        )
                    )
                    - 1
                )
            )
        else
            list_transform(
                [pow({{ d }} * {{ tails }}, 2 / {{ df }})],
                lambda y:sqrt(
                    {{ df }} * (
                        (
                            (
                                1 / (
                                    (({{ df }} + 6) / ({{ df }} * y) - 0.089 * {{ d }} - 0.822)
                                    * ({{ df }} + 2)
                                    * 3
                                )
                                + 0.5 / ({{ df }} + 4)
                            )
                            * y
                            - 1
                        )
                        * ({{ df }} + 1)
                        / ({{ df }} + 2)
                        + 1 / y
                    )
                )
            )[1]
    end
{%- endmacro %}
