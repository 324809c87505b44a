"""A student information or HR system that is read from its relational database."""
