"""Reports on data quality of a made-up warehouse, published as the pipeline publishes them."""

from datetime import datetime, timedelta
from pathlib import Path

from quality.quality_report import publish_report
from quality.reconciliation import reconcile, source_freshness
from quality.waivers import Waiver
from tests.quality.made_up_warehouse import NOW, MadeUpWarehouse, rules_on

USERS, ATTENDANCE, RESULTS = "oneroster__users", "sis_files__attendance", "assessment_files__results"
RULES = (*rules_on(USERS), *rules_on(ATTENDANCE), *rules_on(RESULTS))
EARLIER = NOW - timedelta(days=30)
SECRETS = ("7700451", "7700452", "7700453", "917700451", "Zebulon", "Quartermain")
"""Numbers and names of the students whose records fail."""
WAIVER = Waiver(
    id="W1",
    rule="AT-13",
    kind="waiver",
    school="102",
    reason="The school closed, and its records cannot be mended.",
    by="A. Registrar, registrar",
    decided_on=EARLIER.date(),
    until=NOW.date(),
)


def warehouse_with_findings() -> MadeUpWarehouse:
    """Found thirty days ago: a user without a number, a date and a score. Found today: two dates more, one waived.

    The score has been mended since.
    """
    warehouse = MadeUpWarehouse.clean()
    for table in (USERS, ATTENDANCE, RESULTS):
        warehouse.deliver(table, 3)
    warehouse.variant(
        USERS,
        sourced_id="u-7700451",
        identifier=None,
        user_ids="{StateID:917700451}",
        given_name="Zebulon",
        family_name="Quartermain",
    )
    warehouse.add("oneroster__roles", {"sourced_id": "r9", "user_sourced_id": "u-7700451", "role": "student"})
    warehouse.variant(ATTENDANCE, attendance_id="a-7700451", student_id="7700451", attendance_date="31.31.2026")
    score = warehouse.variant(RESULTS, result_id="x-7700452", student_id="917700451", scale_score="9999")
    warehouse.evaluate(*RULES, run_id="run-1", now=EARLIER)
    warehouse.correct(RESULTS, score, scale_score="2480")
    warehouse.variant(ATTENDANCE, attendance_id="a-7700452", student_id="7700452", attendance_date="30.02.2026")
    warehouse.variant(
        ATTENDANCE, attendance_id="a-7700453", student_id="7700453", school_id="102", attendance_date="32.01.2026"
    )
    warehouse.evaluate(*RULES, run_id="run-2", now=NOW, waivers=(WAIVER,))
    return warehouse


def publish(warehouse: MadeUpWarehouse, serving_dir: Path, *, run_id: str = "run-2", now: datetime = NOW) -> str:
    """Publish a report of the warehouse; returns its id."""
    return publish_report(
        warehouse.connection,
        serving_dir,
        run_id=run_id,
        now=now,
        freshness=source_freshness(warehouse.connection, now.date()),
        balances=reconcile(warehouse.connection),
    )
