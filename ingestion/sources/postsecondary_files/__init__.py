"""Postsecondary enrolment of former students."""
