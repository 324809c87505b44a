"""The Ed-Fi ODS/API, data standards 5 and 6."""
