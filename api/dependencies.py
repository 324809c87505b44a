"""What routes ask for: the store of snapshots and the settings of the application they run in."""

from typing import Annotated

from fastapi import Depends, Request

from api.settings import ApiSettings
from api.snapshots.store import SnapshotStore


def _store(request: Request) -> SnapshotStore:
    store: SnapshotStore = request.app.state.store
    return store


def _settings(request: Request) -> ApiSettings:
    settings: ApiSettings = request.app.state.settings
    return settings


StoreDep = Annotated[SnapshotStore, Depends(_store)]
SettingsDep = Annotated[ApiSettings, Depends(_settings)]
