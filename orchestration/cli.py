"""The `stocktake` command: run, replay, serve, sample, status, waive, waivers, doctor, certify, diff."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from ingestion.errors import IngestionError
from ingestion.settings import IngestionSettings
from orchestration.certify_cli import certify_app, plain_refusals
from orchestration.preflight import PreflightError, check_machine, check_port
from orchestration.settings import OrchestrationSettings, serving_dir, warehouse_file
from quality.errors import QualityError

if TYPE_CHECKING:
    from ingestion.edfi_emulator.faults import FaultPlan

app = typer.Typer(
    help="Stocktake: verified district data, visible outcome gaps, and the routines that close them.",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(certify_app, name="certify")
# Bound to this stream, because a run sends what tools print elsewhere.
console = Console(file=sys.stdout)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Show what the user can mend as one sentence, without a traceback."""
    try:
        yield
    except (PreflightError, IngestionError, QualityError) as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    except ValidationError as error:
        for problem in error.errors():
            name = "STOCKTAKE_" + "_".join(str(part) for part in problem["loc"]).upper()
            console.print(f"[red]{name} is wrong: {problem['msg']}.[/red]", soft_wrap=True)
        raise typer.Exit(2) from error


@app.command()
def run() -> None:
    """Land, verify, transform, validate and publish once; generate a sample district if none is configured."""
    with _plain_errors():
        settings, ingestion = OrchestrationSettings(), IngestionSettings()
        check_machine(settings.data_dir)
        if ingestion.uses_sample_district and not ingestion.resolved_district_file.exists():
            sample()
        from orchestration.run_display import run_with_display

        success = run_with_display(settings, console)
    raise typer.Exit(0 if success else 1)


@app.command()
def sample(
    students: Annotated[int, typer.Option(min=50, help="Students in the district.")] = 6000,
    schools: Annotated[int | None, typer.Option(min=3, help="Schools; about one per 500 students.")] = None,
    years: Annotated[int, typer.Option(min=1, max=6, help="School years.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 20260612,
    dirty_rate: Annotated[float, typer.Option(min=0, max=0.2, help="Share of rows planted as defects.")] = 0.002,
    as_database: Annotated[bool, typer.Option("--as-database", help="Also keep roster and staff in SQLite.")] = False,
    serve_edfi: Annotated[
        bool, typer.Option("--serve-edfi", help="Serve the district as an Ed-Fi API, generating it only if absent.")
    ] = False,
    edfi_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Ed-Fi API.")] = 8765,
    edfi_standard: Annotated[int, typer.Option(min=5, max=6, help="Ed-Fi data standard.")] = 5,
    edfi_token_lifetime: Annotated[float, typer.Option(min=1, help="Seconds that a token lives.")] = 1800,
    edfi_fault: Annotated[
        list[str] | None, typer.Option(help="What goes wrong, as KIND[:TIMES[:SECONDS]]; may be repeated.")
    ] = None,
) -> None:
    """Generate the sample district's deliveries anew, or serve them as an Ed-Fi API."""
    with _plain_errors():
        check_machine(OrchestrationSettings().data_dir)
        from orchestration.sample import generate_sample

        settings = IngestionSettings()
        if serve_edfi:
            from orchestration.sample_edfi import planned_faults, sample_is_delivered

            check_port("127.0.0.1", edfi_port, "--edfi-port")
            faults = planned_faults(edfi_fault or [])
            if sample_is_delivered(settings):
                _serve_edfi(settings, edfi_standard, edfi_port, faults, edfi_token_lifetime)
                return
        with console.status(f"Generating a sample district of {students:,} students") as status:
            summary = generate_sample(
                settings,
                students=students,
                schools=schools,
                years=years,
                seed=seed,
                dirty_rate=dirty_rate,
                on_progress=lambda step: status.update(f"Generating a sample district: {step}"),
            )
        console.print(
            f"Sample district: {students:,} students, {sum(summary.files.values()):,} rows in "
            f"{len(summary.files)} files ({summary.seconds:.1f} s), in {settings.sample_dir}",
            soft_wrap=True,
        )
        if as_database:
            from orchestration.sample import keep_as_database

            district_file, rows = keep_as_database(settings)
            console.print(
                f"Its roster and staff as a database: {sum(rows.values()):,} rows in {len(rows)} tables. "
                f"To run on it, set STOCKTAKE_DISTRICT_FILE={district_file}",
                soft_wrap=True,
            )
        if serve_edfi:
            _serve_edfi(settings, edfi_standard, edfi_port, faults, edfi_token_lifetime)


def _serve_edfi(
    settings: IngestionSettings, standard: int, port: int, faults: "FaultPlan", token_lifetime: float
) -> None:
    from orchestration.sample_edfi import prepare_edfi_sample, serve_edfi_sample

    with console.status("Turning the sample district into Ed-Fi resources"):
        served = prepare_edfi_sample(settings, standard=standard, port=port)
    console.print(f"Ed-Fi API      {served.base_url}   (data standard {standard})")
    console.print(f"Key            {served.client_id}", soft_wrap=True)
    console.print(f"Secret         {served.client_secret}", soft_wrap=True, markup=False)
    console.print(f"District file  {served.district_file}", soft_wrap=True)
    console.print("Name that file in STOCKTAKE_DISTRICT_FILE to land from the API. Ctrl-C stops it.", soft_wrap=True)
    serve_edfi_sample(served, faults, token_lifetime)


@app.command()
def serve() -> None:
    """Serve the Dagster UI and the metrics API; Ctrl-C stops both."""
    with _plain_errors():
        from api.settings import ApiSettings
        from orchestration.pipeline_run import prepare_dagster_home
        from orchestration.serve import api_command, dagster_command, serve_together

        settings, api = OrchestrationSettings(), ApiSettings()
        check_machine(settings.data_dir)
        check_port("127.0.0.1", settings.webserver_port, "STOCKTAKE_WEBSERVER_PORT")
        check_port(api.api_host, api.api_port, "STOCKTAKE_API_PORT")
        home = prepare_dagster_home(settings)
        warehouse_file()
        console.print(f"Dagster UI   http://127.0.0.1:{settings.webserver_port}   (ready in about 20 seconds)")
        console.print(f"Metrics API  http://{api.api_host}:{api.api_port}/docs")
        console.print("Ctrl-C stops both.")
        code = serve_together(
            {"Dagster UI": dagster_command(settings.webserver_port), "metrics API": api_command()},
            {"DAGSTER_HOME": str(home)},
            lambda name, code: console.print(f"[red]The {name} ended with code {code}; stopping the other.[/red]"),
        )
    raise typer.Exit(code)


@app.command()
def status() -> None:
    """Show what is served: snapshot, state per metric, and the last run's outcome."""
    with _plain_errors():
        from orchestration.status_display import show_status

        served = show_status(serving_dir(), console)
    raise typer.Exit(0 if served else 1)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="Snapshot id, or window@version of frozen figures.")],
    after: Annotated[str, typer.Argument(help="The same.")],
    limit: Annotated[int, typer.Option(min=0, help="Most figures that are listed.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what differs between two snapshots or frozen versions: marts, definitions, metrics and figures.

    Figures are shown whole, also those on few students: the command is for staff who may read the warehouse.
    """
    from orchestration.diff_display import difference_as_json, show_difference
    from quality.snapshot_difference import difference

    with plain_refusals():
        found = difference(serving_dir(), before, after, limit=limit)
        if as_json:
            console.print(difference_as_json(found), soft_wrap=True, highlight=False, markup=False)
        else:
            show_difference(found, console)


@app.command()
def replay(
    source: Annotated[str, typer.Option(help="Tell only what came back of this source, such as sis_files.")] = "",
) -> None:
    """Judge again what has landed, after a correction of codes, rules or waivers, and publish; nothing is landed."""
    with _plain_errors():
        from ingestion.mapping import SYSTEMS
        from orchestration.replay import replay as replay_quarantine

        settings = OrchestrationSettings()
        check_machine(settings.data_dir)
        if source and source not in SYSTEMS:
            raise PreflightError(f"There is no source {source}; known are {', '.join(SYSTEMS)}.")
        success = replay_quarantine(settings, console, source)
    raise typer.Exit(0 if success else 1)


@app.command()
def waive(
    rule: Annotated[str, typer.Argument(help="Rule whose findings are waived, such as EN-02.")] = "",
    table: Annotated[str, typer.Option(help="Only the rule on this table.")] = "",
    school: Annotated[str, typer.Option(help="Only findings of the school with this number.")] = "",
    result: Annotated[list[str] | None, typer.Option(help="Only this finding, by its id; may be repeated.")] = None,
    kind: Annotated[str, typer.Option(help="waiver, or false_positive: the rule is wrong.")] = "waiver",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    by: Annotated[str, typer.Option(help="Who decided, by name and role.")] = "",
    until: Annotated[str, typer.Option(help="Last day on which it holds, YYYY-MM-DD.")] = "",
    revoke: Annotated[str, typer.Option(help="Take back the waiver with this id instead.")] = "",
) -> None:
    """Decide to live with findings for a time, or take such a decision back; it takes effect in the next run."""
    with _plain_errors():
        from orchestration import waive as waiving

        today = datetime.now(UTC).date()
        if bool(rule) == bool(revoke):
            raise PreflightError("Name either the rule to waive or, with --revoke, the waiver to take back.")
        if revoke:
            waiving.revoke(revoke, today)
            console.print(f"{revoke} is revoked. `stocktake replay` lets that take effect.")
            return
        decided = waiving.decide(
            rule,
            kind=kind,
            table=table,
            school=school,
            results=result or (),
            reason=reason,
            by=by,
            until=until,
            today=today,
        )
        console.print(f"{decided.id} holds until {decided.until}. `stocktake replay` lets it take effect.")


@app.command()
def waivers() -> None:
    """List the waivers, and whether they hold today."""
    with _plain_errors():
        from orchestration.waive import show_waivers

        show_waivers(console, datetime.now(UTC).date())


@app.command()
def doctor() -> None:
    """Check Python, disk, ports, district file and the deliveries it names."""
    from orchestration.doctor import diagnose

    problems = 0
    for title, problem in diagnose():
        mark = "[red]✗[/red]" if problem else "[green]✓[/green]"
        console.print(f"{mark} {title}" + (f": {problem}" if problem else ""), soft_wrap=True)
        problems += bool(problem)
    raise typer.Exit(1 if problems else 0)


if __name__ == "__main__":
    app()
