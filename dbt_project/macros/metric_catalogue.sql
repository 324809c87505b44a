{#-
    The public metrics and lenses as the semantic models define them, for marts that are made from the definitions. dbt knows
    them only once everything is parsed, so at parse time both lists are empty, and such marts name what they read by
    `semantic_tables`.
-#}
{#- What the semantic models read, by their names. A new semantic model with a public metric gets a line here. -#}
{% macro semantic_tables() -%}
    {{
        return(
            {
                "student_year": ref("mart_student_year_by_scope"),
                "survey_answer": ref("mart_survey_answer_by_scope"),
                "staff_year": ref("mart_staff_year_by_scope"),
                "training_record": ref("mart_training_record_by_scope"),
                "graduation_cohort": ref("mart_graduation_cohort_by_scope"),
                "survey_response": ref("mart_survey_response_by_scope"),
                "school_staffing": ref("mart_school_staffing_by_scope"),
                "stocktake": ref("mart_stocktake_by_scope"),
                "practice_action": ref("mart_practice_action_by_scope"),
            }
        )
    }}
{%- endmacro %}


{#- What a definition says to Stocktake under `config.meta.stocktake`, or none. -#}
{% macro stocktake_meta(element) -%}
    {{ return(((element["config"] or {})["meta"] or {})["stocktake"]) }}
{%- endmacro %}


{#-
    Every public metric: what its definition says, its `id`, and the SQL of its `numerator`, `denominator`, `n_students` and
    `unknown` over the table of its `semantic_model`, `0` where it has none. In the order of their ids.
-#}
{% macro public_metrics() -%}
    {% if not execute %} {{ return([]) }} {% endif %}
    {% set measures = {} %}
    {% for model in graph["semantic_models"].values() %}
        {% for measure in model["measures"] %}
            {% do measures.update({measure["name"]: {"model": model["name"], "sql": measure_sql(measure)}}) %}
        {% endfor %}
    {% endfor %}
    {% set components = {} %}
    {% for metric in graph["metrics"].values() if metric["type"] == "simple" %}
        {% do components.update({metric["name"]: measures[metric["type_params"]["measure"]["name"]]}) %}
    {% endfor %}
    {% set found = [] %}
    {% for metric in graph["metrics"].values() | sort(attribute="name") %}
        {% set meta = stocktake_meta(metric) %}
        {% if meta %}
            {% set described = dict(meta, id=metric["name"], description=metric["description"]) %}
            {% for part in ["numerator", "denominator", "n_students", "unknown"] %}
                {% set component = components[meta[part]] if meta[part] else none %}
                {% do described.update({part: component["sql"] if component else "0"}) %}
            {% endfor %}
            {% do described.update({"semantic_model": components[meta["n_students"]]["model"]}) %}
            {% if described["semantic_model"] not in semantic_tables() %}
                {{
                    exceptions.raise_compiler_error(
                        "Metric "
                        ~ metric["name"]
                        ~ " is counted from semantic model "
                        ~ described["semantic_model"]
                        ~ ", which macro semantic_tables does not name; add it there."
                    )
                }}
            {% endif %}
            {% do found.append(described) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{%- endmacro %}


{#- SQL of a measure, as MetricFlow would write it. -#}
{% macro measure_sql(measure) -%}
    {% set expression = measure["expr"] or measure["name"] %}
    {% if measure["agg"] == "sum" %} {{ return("sum(" ~ expression ~ ")") }}
    {% elif measure["agg"] == "count_distinct" %} {{ return("count(distinct " ~ expression ~ ")") }}
    {% endif %}
    {{
        exceptions.raise_compiler_error(
            "Measure "
            ~ measure["name"]
            ~ " aggregates by "
            ~ measure["agg"]
            ~ ", which macro measure_sql does not know."
        )
    }}
{%- endmacro %}


{#- Every lens with what its definition says and its `id`; each is described in one semantic model and may be shared by others. -#}
{% macro lenses() -%}
    {% if not execute %} {{ return([]) }} {% endif %}
    {% set found = [] %}
    {% for model in graph["semantic_models"].values() %}
        {% for dimension in model["dimensions"] if stocktake_meta(dimension) %}
            {% do found.append(dict(stocktake_meta(dimension), id=dimension["name"])) %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{%- endmacro %}


{#- A text as a literal, null where there is none; its lines are joined. -#}
{% macro text_literal(text) -%}
    {% if text is none %} {{ return("cast(null as varchar)") }} {% endif %}
    {{ return(dbt.string_literal(dbt.escape_single_quotes((text | string).split() | join(" ")))) }}
{%- endmacro %}
