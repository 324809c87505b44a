"""Scorecards: each school's own findings and changes, as a page whatever the sources have delivered."""

import csv
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from quality.quality_report import publish_report
from quality.scorecards import latest_scorecards, page_name, write_scorecards
from quality.waivers import Waiver
from tests.quality.made_up_warehouse import NOW, MadeUpWarehouse, rules_on

ATTENDANCE = "sis_files__attendance"
RULES = [rule for rule in rules_on(ATTENDANCE) if rule.id == "AT-01"]
WEEK_LATER = NOW + timedelta(days=8)


@pytest.fixture
def district(clean_warehouse: MadeUpWarehouse) -> MadeUpWarehouse:
    clean_warehouse.create_marts()
    clean_warehouse.connection.execute(
        "insert into marts.dim_school (school_number, school_name) "
        "values ('101', 'First <b>school</b>'), ('102', 'Second school')"
    )
    clean_warehouse.deliver(ATTENDANCE, 5)
    return clean_warehouse


def absent_too_early(warehouse: MadeUpWarehouse, name: str, school: str, day: int = 4) -> str:
    student = {"101": "1001", "102": "1002"}[school]
    return warehouse.variant(
        ATTENDANCE, attendance_id=name, student_id=student, school_id=school, attendance_date=f"2025-08-{day:02}"
    )


def written(warehouse: MadeUpWarehouse, folder: Path) -> Path:
    publish_report(warehouse.connection, folder, run_id="r", now=WEEK_LATER, freshness=(), balances=())
    assert write_scorecards(warehouse.connection, folder, district="Sample", now=WEEK_LATER) == 2
    latest = latest_scorecards(folder)
    assert latest is not None
    return latest


def test_a_school_has_its_own_findings_and_what_changed_in_a_week(district: MadeUpWarehouse, tmp_path: Path) -> None:
    old = absent_too_early(district, "old", "101")
    absent_too_early(district, "mended", "101", 5)
    district.evaluate(*RULES, now=NOW, run_id="1")
    district.connection.execute("delete from raw.sis_files__attendance where attendance_id = 'mended'")
    absent_too_early(district, "new", "101", 6)
    absent_too_early(district, "waived", "102")
    waiver = Waiver(
        id="W-1",
        rule="AT-01",
        kind="waiver",
        school="102",
        reason="known for long",
        by="Ada One",
        decided_on=NOW.date(),
        until=WEEK_LATER.date(),
    )
    district.evaluate(*RULES, now=WEEK_LATER, run_id="2", waivers=(waiver,))
    folder = written(district, tmp_path)

    page = " ".join((folder / "101.html").read_text().split())
    assert "<strong>2</strong> open" in page
    assert "A week ago 2 were open; since then 1 are new and 1 have been mended. 0 are waived." in page
    assert f"{ATTENDANCE}.csv: {old.partition('#')[2]}," in page
    assert "First &lt;b&gt;school" in page
    other = " ".join((folder / "102.html").read_text().split())
    assert "<strong>0</strong> open" in other
    assert "100 %" in other
    lines = list(csv.DictReader((folder / "101.csv").open()))
    assert [(line["rule"], line["status"]) for line in lines] == [("AT-01", "open"), ("AT-01", "open")]
    assert "1001" not in page + (folder / "101.csv").read_text()


class Page(HTMLParser):
    """What a reader with a screen reader goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.headings: list[str] = []
        self.tables = self.captions = self.unscoped = self.outside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.language = self.language or given.get("lang") or ""
        self.headings += [tag] if tag in ("h1", "h2", "h3") else []
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.unscoped += tag == "th" and given.get("scope") not in ("row", "col")
        self.outside += tag in ("script", "link", "img", "iframe") or "://" in (given.get("href") or "")


def test_every_page_can_be_read_alone_and_by_ear(district: MadeUpWarehouse, tmp_path: Path) -> None:
    absent_too_early(district, "x", "101")
    district.evaluate(*RULES, now=NOW)
    folder = written(district, tmp_path)
    names = sorted(file.name for file in folder.glob("*.html"))
    assert names == ["101.html", "102.html", "district.html", "index.html"]
    for name in names:
        page = Page()
        page.feed((folder / name).read_text())
        assert page.language == "en"
        assert page.headings[0] == "h1"
        assert page.headings.count("h1") == 1
        assert page.tables == page.captions > 0
        assert (page.unscoped, page.outside) == (0, 0)


def test_a_table_never_runs_in_a_spreadsheet_and_a_number_leads_nowhere(
    district: MadeUpWarehouse, tmp_path: Path
) -> None:
    absent_too_early(district, "x", "101")
    district.connection.execute(
        "update raw.sis_files__attendance set _source_file = '=cmd()' where attendance_id = 'x'"
    )
    district.evaluate(*RULES, now=NOW)
    folder = written(district, tmp_path)
    assert "'=cmd()" in (folder / "101.csv").read_text()
    assert page_name("../../etc/passwd") == "______etc_passwd"


def test_before_the_first_report_there_are_none(district: MadeUpWarehouse, tmp_path: Path) -> None:
    assert write_scorecards(district.connection, tmp_path, district="Sample", now=NOW) == 0
    assert latest_scorecards(tmp_path) is None
