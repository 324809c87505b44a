{{ judged_decisions("student") }}
