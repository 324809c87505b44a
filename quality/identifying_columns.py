"""Columns that may point to one person. No sample, log line or error message ever carries their values."""

IDENTIFYING_COLUMNS = frozenset(
    {
        "action_id",
        "attendance_id",
        "birth_date",
        "birth_on",
        "content",
        "discipline_event_key",
        "enrollment_spell_key",
        "family_name",
        "given_name",
        "identifier",
        "incident_id",
        "mark_id",
        "payload",
        "result_id",
        "sourced_id",
        "state_student_id",
        "status_id",
        "student_id",
        "student_key",
        "student_number",
        "student_year_key",
        "user_ids",
        "user_sourced_id",
    }
)
