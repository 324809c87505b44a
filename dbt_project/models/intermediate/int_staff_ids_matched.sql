{{ matched_ids("staff") }}
