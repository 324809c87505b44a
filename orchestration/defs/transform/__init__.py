"""dbt: staging, intermediate and marts."""
