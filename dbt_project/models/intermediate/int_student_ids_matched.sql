{{ matched_ids("student") }}
