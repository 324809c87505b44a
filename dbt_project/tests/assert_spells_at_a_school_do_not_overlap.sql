-- Spells of a student at one school do not overlap, so no date of one school can count twice.
select spells.enrollment_spell_key
from {{ ref("fct_enrollment_spell") }} as spells
inner join
    {{ ref("fct_enrollment_spell") }} as others
    on spells.student_key = others.student_key
    and spells.school_key = others.school_key
    and spells.enrollment_spell_key <> others.enrollment_spell_key
    and spells.entry_on <= others.exit_on
    and others.entry_on <= spells.exit_on
