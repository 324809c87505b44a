"""The manifest of a OneRoster bundle."""

import pytest

from ingestion.errors import SourceFormatError
from ingestion.sources.oneroster.manifest import read_manifest


def test_it_says_how_each_file_is_sent_in_any_case() -> None:
    manifest = read_manifest(
        b"PropertyName,Value\nManifest.Version,1.0\nOneRoster.Version,1.1\nfile.academicSessions,Bulk\n"
        b"file.users,delta\nfile.results,absent\nsource.systemName,Made up",
        "manifest.csv",
    )
    assert manifest.version == "1.1"
    assert dict(manifest.kinds) == {"academicsessions": "bulk", "users": "delta", "results": "absent"}
    assert manifest.drift == ()


@pytest.mark.parametrize("text, version", [("1.2", "1.2"), ("v1.1", "1.1"), ("1.1.0", "1.1"), ("V1.2.1", "1.2")])
def test_versions_are_read_as_exports_write_them(text: str, version: str) -> None:
    manifest = read_manifest(f"propertyName,value\noneroster.version,{text}\n".encode(), "manifest.csv")
    assert manifest.version == version


def test_a_manifest_without_a_version_or_with_an_odd_one_of_its_own_is_noticed() -> None:
    manifest = read_manifest(b"propertyName,value\nmanifest.version,2\nfile.users,bulk\n", "manifest.csv")
    assert manifest.version is None
    assert [(drift.kind, "2" in drift.detail) for drift in manifest.drift] == [
        ("manifest_version", False),
        ("manifest_version", True),
    ]


@pytest.mark.parametrize(
    "content, said",
    [
        (b"propertyName,value\noneroster.version,2.0\n", "OneRoster 2.0; 1.1 and 1.2 are read"),
        (b"propertyName,value\noneroster.version,1.0\n", "OneRoster 1.0; 1.1 and 1.2 are read"),
        (b"propertyName,value\noneroster.version,1.1\nfile.users,all\n", "'all' for file.users"),
        (b"sourcedId,name\no1,First\n", "needs the headers propertyName and value"),
        (b"", "is empty"),
    ],
)
def test_what_cannot_be_right_is_an_error_that_names_the_file_and_the_remedy(content: bytes, said: str) -> None:
    with pytest.raises(SourceFormatError) as raised:
        read_manifest(content, "2026-01-05/manifest.csv")
    assert "2026-01-05/manifest.csv" in str(raised.value)
    assert said in str(raised.value)
