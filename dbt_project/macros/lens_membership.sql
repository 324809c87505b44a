{#-
    Membership of a student in a lens group for a school year: yes, no or unknown.
    A dated status of the year decides. Without one, `no` needs a feed of that status in the year and a student of the roster;
    a district without the feed may still have an undated attribute.

    dated: membership from int_student_statuses_yearly; has_feed: whether the status was delivered for the year;
    undated: boolean from the undated attributes, or null where there is none.
-#}
{% macro lens_membership(dated, has_feed, undated) -%}
    case
        when {{ dated }} is not null
        then {{ dated }}
        when {{ has_feed }} and students.is_in_roster
        then 'no'
        when {{ has_feed }}
        then 'unknown'
        when {{ undated }}
        then 'yes'
        when not {{ undated }}
        then 'no'
        else 'unknown'
    end
{%- endmacro %}
