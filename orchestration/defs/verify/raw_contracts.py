"""Gate 1: the contracts of the raw tables. A broken one stops the run before dbt."""

from orchestration.asset_keys import raw_key
from orchestration.defs.verify.contract_checks import contract_asset_checks
from quality.verify import RAW_CONTRACTS

raw_contract_checks = contract_asset_checks("raw_contracts", RAW_CONTRACTS, raw_key, needs_delivery=True)
