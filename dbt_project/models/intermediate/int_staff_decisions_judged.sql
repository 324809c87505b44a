{{ judged_decisions("staff") }}
