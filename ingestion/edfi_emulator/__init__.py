"""An Ed-Fi ODS/API to try an Ed-Fi source against: real HTTP, change queries, and faults on demand."""
