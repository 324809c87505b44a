"""Clients of an emulator, and the few documents that the tests of its manners need."""

import httpx

from ingestion.edfi_emulator.server import RunningEmulator
from ingestion.edfi_emulator.store import EdfiStore


def with_schools(store: EdfiStore, count: int) -> EdfiStore:
    """Fill a store with schools numbered from 1."""
    for number in range(1, count + 1):
        store.insert("schools", {"schoolId": number, "nameOfInstitution": f"School {number}"})
    return store


def token_of(emulator: RunningEmulator) -> str:
    """Exchange the emulator's own credentials for a token."""
    answer = httpx.post(
        f"{emulator.base_url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(emulator.tokens.client_id, emulator.tokens.client_secret),
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def client_of(emulator: RunningEmulator, timeout: float = 10) -> httpx.Client:
    """A client with a token, whose addresses begin at the resources."""
    return httpx.Client(
        base_url=f"{emulator.base_url}/data/v3/ed-fi",
        headers={"Authorization": f"Bearer {token_of(emulator)}"},
        timeout=timeout,
    )
