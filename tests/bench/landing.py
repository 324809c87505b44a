"""Landing a large file: its time against DuckDB reading the same file, and its memory as the file grows."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml

from ingestion.district import read_district
from ingestion.landing import land
from tests.bench.measure import Comparison, compare

MOST_TIME = 2.0
"""Landing takes at most this multiple of DuckDB's own `create table as select * from read_csv`."""

MOST_GROWTH = 1.25
"""Eight times the file takes at most this multiple of the memory."""

_ATTENDANCE = """
    copy (
        select i as attendance_id, 's' || (i % 100000) as student_id, lpad((i % 80)::varchar, 4, '0') as school_id,
            date '2025-08-01' + (i % 300)::int as attendance_date,
            case when i % 3 = 0 then 'UNX' else 'EXC' end as attendance_code, '0.5' as day_fraction, i % 8 as period
        from range({rows}) as t(i)
    ) to '{path}' (header)
"""


@dataclass(frozen=True)
class MemoryGrowth:
    """Peak memory of landing a file and one of eight times its rows, each in a process of its own, in MB."""

    rows: int
    once: int
    eightfold: int

    @property
    def ratio(self) -> float:
        """Peak of the larger over the smaller."""
        return self.eightfold / self.once


def deliver(folder: Path, rows: int) -> Path:
    """Write a district with one made-up attendance file.

    Returns:
        The district file.
    """
    (folder / "sis").mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(_ATTENDANCE.format(rows=rows, path=folder / "sis" / "attendance.csv"))
    delivery = {"files": ["*.csv"], "constants": {"record_basis": "exceptions"}}
    source = {"root": "sis", "deliveries": {"attendance": [delivery]}}
    path = folder / "district.yml"
    path.write_text(yaml.safe_dump({"district": {"id": "bench", "name": "Bench"}, "sources": {"sis_files": source}}))
    return path


def large_file(folder: Path, rows: int = 5_000_000) -> Comparison:
    """First landing of one large file against DuckDB's own reader, both into a new file."""
    work = Path(tempfile.mkdtemp(dir=folder))
    path = deliver(work / "large", rows)
    district = read_district(path)

    def ours() -> None:
        target = Path(tempfile.mkdtemp(dir=work))
        land("sis_files", district, target / "land.duckdb", target / "dlt")

    def baseline() -> None:
        target = Path(tempfile.mkdtemp(dir=work))
        with duckdb.connect(str(target / "copy.duckdb")) as connection:
            connection.execute(
                "create table attendance as select * "
                f"from read_csv('{path.parent}/sis/attendance.csv', all_varchar=true)"
            )

    return compare(
        f"land {rows:,} rows of one file (dlt, drift checks, line numbers, landing log)",
        ours,
        "DuckDB create table from read_csv",
        baseline,
        pairs=3,
    )


def memory(folder: Path, rows: int = 2_500_000) -> MemoryGrowth:
    """Peak memory of landing `rows` and eight times as many; the smaller fills every buffer of fixed size already."""
    work = Path(tempfile.mkdtemp(dir=folder))
    peaks = []
    for times in (1, 8):
        path = deliver(work / f"{times}x", rows * times)
        command = [sys.executable, "-m", "tests.bench.landing", str(path), str(work / f"land_{times}x")]
        peaks.append(int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]))
    return MemoryGrowth(rows, *peaks)


def peak_megabytes() -> int:
    """Peak memory of this process. `getrusage` would count what the parent held when it started this one."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) >> 10


def main() -> None:
    """Land one district and print this process's peak memory in MB."""
    path, work = Path(sys.argv[1]), Path(sys.argv[2])
    land("sis_files", read_district(path), work / "land.duckdb", work / "dlt")
    print(peak_megabytes())


if __name__ == "__main__":
    main()
