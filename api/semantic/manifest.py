"""The catalogue of metrics and dimensions, read from dbt's semantic manifest.

Each public metric and each lens carries its own description in `config.meta.stocktake`; what lacks one is
machinery (component metrics, technical dimensions) and is not offered to clients.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.semantic.figures import MetricKind, Unit

SCOPE = "scope"
SCHOOL_YEAR = "school_year"
# A student has these once for each school attended, so they are read where a student counts once per school.
SCHOOL_LENSES = frozenset({"school", "school_level"})
YEARS_BEFORE = "years_before_"
"""The entity through which a row finds the same student's row of so many years before begins with it."""
MEMBERS_MART = "dim_lens_member"
"""The mart that lists the members of lenses that name it in `members_from`."""


class CatalogueError(ValueError):
    """The semantic manifest does not describe its metrics or dimensions as agreed."""


class Component(BaseModel):
    """A count that a metric is made of."""

    model_config = ConfigDict(frozen=True)

    id: str
    label: str
    description: str


class Metric(BaseModel):
    """A public metric: the definition that figures, pages and schemas all come from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    semantic_model: str
    """What it is counted from, e.g. students' years or answers to a survey."""
    description: str
    title: str
    question: str
    family: str
    version: str
    direction: Literal["higher_better", "lower_better", "target_band", "context"]
    unit: Unit
    decimals: int
    kind: MetricKind
    numerator: str | None
    denominator: str | None
    n_students: str
    unknown: str | None
    variant_of: str | None
    variant: str | None
    parameters: dict[str, Any]
    inclusion: str
    dimensions: tuple[str, ...]
    time_policy: str
    minimum_n_report: int
    how_to_read: str
    misreadings: tuple[str, ...]
    standard: str
    owner: str
    feeds: tuple[str, ...]

    @property
    def components(self) -> frozenset[str]:
        """Ids of the component metrics that figures of this metric are derived from."""
        parts = (self.numerator, self.denominator, self.n_students, self.unknown)
        return frozenset(part for part in parts if part is not None)

    @property
    def base(self) -> str:
        """The metric that this one is a variant of; itself if it is the base."""
        return self.variant_of or self.id


class Member(BaseModel):
    """One value of a dimension."""

    model_config = ConfigDict(frozen=True)

    value: str
    label: str


class Dimension(BaseModel):
    """A lens: a property of students by which any figure can be split or filtered."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    title: str
    kind: Literal["partition", "multi"] = Field(
        description="`partition`: everybody is in one member. `multi`: one may be in several, and they do not add up."
    )
    time_policy: str
    has_baseline: bool = Field(False, description="Whether it can be asked with `membership=baseline`.")
    description: str
    members: tuple[Member, ...]
    members_from: str | None = None
    reference_member: str | None = None

    def order(self) -> Callable[[object], tuple[int, str]]:
        """Sort key of member values: the catalogue's order, then what it does not list, by name."""
        places = {member.value: index for index, member in enumerate(self.members)}
        return lambda value: (places.get(str(value), len(places)), str(value))


@dataclass(frozen=True)
class Catalogue:
    """All definitions of one snapshot, in the order of the manifest."""

    metrics: dict[str, Metric]
    dimensions: dict[str, Dimension]
    components: dict[str, Component]
    dimensions_of: dict[str, frozenset[str]]
    """Ids of the lenses of each semantic model."""
    relations: dict[str, str]
    """The table that each semantic model is counted from, quoted in three parts."""
    years_of_history: dict[str, int]
    """For each semantic model, how many years before its rows membership can be read from."""

    @classmethod
    def parse(cls, manifest_json: str) -> Self:
        """Read a semantic manifest. Raises CatalogueError when a definition is incomplete."""
        try:
            manifest = json.loads(manifest_json)
            models = manifest["semantic_models"]
            described = [(metric, _meta(metric)) for metric in manifest["metrics"]]
            model_of = _models_of_components(manifest)
            catalogue = cls(
                metrics={
                    metric["name"]: Metric(
                        **{
                            **meta,
                            "id": metric["name"],
                            "description": metric["description"] or "",
                            "semantic_model": model_of[meta["n_students"]],
                        }
                    )
                    for metric, meta in described
                    if meta is not None
                },
                dimensions=_dimensions(models),
                components={
                    metric["name"]: Component(
                        id=metric["name"],
                        label=metric["label"] or metric["name"],
                        description=metric["description"] or "",
                    )
                    for metric, _ in described
                },
                dimensions_of={
                    model["name"]: frozenset(one["name"] for one in model["dimensions"] if _is_lens(one))
                    for model in models
                },
                relations={model["name"]: model["node_relation"]["relation_name"] for model in models},
                years_of_history={model["name"]: _years_of_history(model) for model in models},
            )
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise CatalogueError(f"{error.title}: field '{field}' of a definition: {first['msg']}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise CatalogueError(f"the semantic manifest lacks an expected part: {error!r}") from error
        if not models:
            raise CatalogueError("the semantic manifest has no semantic model")
        catalogue._check_references(model_of)
        return catalogue

    def with_members(self, dimension: str, members: tuple[Member, ...]) -> Self:
        """The same catalogue with the members of a dimension that only the data can list, before those listed."""
        described = self.dimensions[dimension]
        filled = described.model_copy(update={"members": (*members, *described.members)})
        return replace(self, dimensions={**self.dimensions, dimension: filled})

    def variants(self, metric: Metric) -> tuple[Metric, ...]:
        """All metrics that measure the same thing under other rules, `metric` among them."""
        return tuple(other for other in self.metrics.values() if other.base == metric.base)

    def _check_references(self, model_of: dict[str, str]) -> None:
        for metric in self.metrics.values():
            lenses = self.dimensions_of[metric.semantic_model]
            unknown = (metric.components - set(self.components)) | (set(metric.dimensions) - lenses)
            if unknown:
                raise CatalogueError(f"metric '{metric.id}' refers to {sorted(unknown)}, which the manifest lacks")
            elsewhere = {part for part in metric.components if model_of.get(part) != metric.semantic_model}
            if elsewhere:
                raise CatalogueError(f"metric '{metric.id}' counts {sorted(elsewhere)} in another semantic model")


def qualified(semantic_model: str, dimension: str) -> str:
    """The name that MetricFlow knows a dimension by; each model's primary entity is named as the model."""
    return f"{semantic_model}__{dimension}"


def qualified_before(years: int, dimension: str) -> str:
    """The name of a dimension of the same student so many years before."""
    return f"{YEARS_BEFORE}{years}__{dimension}"


def _years_of_history(model: dict[str, Any]) -> int:
    foreign = [entity["name"] for entity in model["entities"] if entity["type"] == "foreign"]
    return max((int(name.removeprefix(YEARS_BEFORE)) for name in foreign if name.startswith(YEARS_BEFORE)), default=0)


def _models_of_components(manifest: dict[str, Any]) -> dict[str, str]:
    """Semantic model of each metric that is a plain measure."""
    model_of_measure = {
        measure["name"]: model["name"] for model in manifest["semantic_models"] for measure in model["measures"]
    }
    return {
        metric["name"]: model_of_measure[metric["type_params"]["measure"]["name"]]
        for metric in manifest["metrics"]
        if metric["type"] == "simple"
    }


def _dimensions(models: list[dict[str, Any]]) -> dict[str, Dimension]:
    """Every lens, from the one model that describes it; others that have it too say that it is shared."""
    return {
        dimension["name"]: Dimension(**{**meta, "id": dimension["name"]})
        for model in models
        for dimension in model["dimensions"]
        if (meta := _meta(dimension)) is not None
    }


def _is_lens(dimension: dict[str, Any]) -> bool:
    is_shared = ((dimension.get("config") or {}).get("meta") or {}).get("stocktake_role") == "shared"
    return is_shared or _meta(dimension) is not None


def _meta(element: dict[str, Any]) -> dict[str, Any] | None:
    described: dict[str, Any] | None = ((element.get("config") or {}).get("meta") or {}).get("stocktake")
    return described
