"""Gate 3: the contracts of the published marts. A broken one stops publication."""

from orchestration.asset_keys import marts_key
from orchestration.defs.verify.contract_checks import contract_asset_checks
from quality.verify import MARTS_CONTRACTS

mart_contract_checks = contract_asset_checks("mart_contracts", MARTS_CONTRACTS, marts_key, needs_delivery=False)

PUBLISHED_MARTS = tuple(dict.fromkeys(spec.asset_key for spec in mart_contract_checks.check_specs))
"""The marts that readers see: those with a contract."""
