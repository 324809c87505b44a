{{
    resolved_person_keys(
        "student",
        "select person_key, into_key, match_rule from "
        ~ ref("int_student_links_ruled")
        ~ " where is_linked",
    )
}}
