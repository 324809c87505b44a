"""The sample district lands the same rows over REST as from its CSV bundle."""

from pathlib import Path

import pytest

from ingestion.mapping import load_system
from ingestion.sample_district.generate import generate_sample_district
from tests.ingestion.sources.oneroster.bundle_drop import BundleDrop
from tests.ingestion.sources.oneroster.rest_server import CLIENT_ID, CLIENT_SECRET, RosterService, serving

NOT_COMPARED = {
    # A whole file leaves these blank; a service always fills them in.
    "*": ("status", "date_last_modified"),
    # A service nests roles in people and gives them no id.
    "roles": ("sourced_id",),
}
ENTITIES = load_system("oneroster").entities


def test_rest_and_csv_land_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROSTER_KEY", CLIENT_ID)
    monkeypatch.setenv("ROSTER_SECRET", CLIENT_SECRET)
    generate_sample_district(tmp_path / "sample", students=200, schools=3, years=2, dirty_rate=0)
    bundle = tmp_path / "sample" / "oneroster"
    files = BundleDrop(tmp_path / "files")
    files.root = bundle
    files.land()
    api = BundleDrop(tmp_path / "api")
    with serving(RosterService.of_bundle(bundle)) as service:
        api.connection = {
            "base_url": service.url,
            "token_url": f"{service.url}/token",
            "client_id": {"env": "ROSTER_KEY"},
            "client_secret": {"env": "ROSTER_SECRET"},
            "page_size": 400,
        }
        api.land()

    for name, entity in ENTITIES.items():
        left_out = {*NOT_COMPARED["*"], *NOT_COMPARED.get(name, ())}
        columns = ", ".join(column for column in entity.columns if column not in left_out)
        query = f"select {columns} from raw.oneroster__{name} order by all"
        from_files = files.rows(query)
        assert from_files, name
        assert api.rows(query) == from_files, name
    assert files.unbalanced() == api.unbalanced() == []
    assert api.drift() == files.drift() == []
