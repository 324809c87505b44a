{# No rule links staff: their records name the staff number, or wait for a decision. -#}
{{
    resolved_person_keys(
        "staff",
        "select person_key, into_key, cast(null as varchar) as match_rule from "
        ~ ref("int_staff_decisions_judged")
        ~ " where false",
    )
}}
