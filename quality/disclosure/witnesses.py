"""The fast attack: instead of each cell's interval, tables that a reader cannot rule out.

One table of whole counts that agrees with everything shown bears witness for all cells at once: no interval ends before
the lowest and the highest count that a cell has in such tables. A few of them prove most cells safe, and only for the
rest a linear program per cell is left. A table that leaves a school's cells as they are bears witness against the
principal of that school too, who knows them; so tables are looked for in which only a few schools change, drawn anew
each time. These programs are small, too.
"""

from dataclasses import dataclass

import numpy as np

from quality.disclosure.components import Block, Component, Solution, components
from quality.disclosure.release import Bools, Floats, Ints, Release, Shown
from quality.disclosure.rules import Requirement

PUBLIC = 0
"""Row of the readers who know nothing but the release; row s + 1 is the principal of school s."""
ROUNDS = 6
"""How often tables for many cells at once are looked for before cells are taken one by one."""

PARTITIONS = 5
"""How often the schools are divided into few at a time."""
FEW_SCHOOLS = 8
GOOD_ENOUGH = 0.05
"""How far a table that serves many cells may be from the best one."""
SLACK = 1e-9
"""Dual values below this are none."""


@dataclass(frozen=True, eq=False)
class Failure:
    """A primary that a reader can work out too closely.

    Attributes:
        cell: which.
        reader: PUBLIC, or 1 + the school whose principal can.
        low: the lowest count possible; `high` the highest.
        slack: what showing each cell of the release contributes to either end, 0 for those that do not matter.
    """

    cell: int
    reader: int
    low: float
    high: float
    slack: Floats


class Witnesses:
    """For each primary and each reader, the lowest and highest count in a table that the reader cannot rule out.

    They stay true when more cells are hidden, since no table becomes impossible thereby.
    """

    def __init__(self, release: Release, requirement: Requirement, *, insiders: bool, seed: int) -> None:
        """Begin with the true table, which nobody can rule out."""
        self.release = release
        self.requirement = requirement
        self.cells: Ints = np.flatnonzero(requirement.primary)
        """The primaries, in the order of the columns of `low` and `high`."""
        self._column = np.full(len(release.values), -1, dtype=np.int64)
        self._column[self.cells] = np.arange(len(self.cells))
        self.readers = 1 + (len(release.schools) if insiders else 0)
        truth = release.values[self.cells].astype(np.float64)
        self.low = np.tile(truth, (self.readers, 1))
        self.high = self.low.copy()
        self._random = np.random.default_rng(seed)
        self._seed = seed
        # A principal need not be kept from the cells of the own school.
        self._concerned = np.ones((self.readers, len(self.cells)), dtype=bool)
        if insiders:
            of_school = release.school[self.cells]
            inside = np.flatnonzero(of_school >= 0)
            self._concerned[1 + of_school[inside], inside] = False

    def unproven(self) -> Bools:
        """Readers x primaries: which no tables have yet proven safe."""
        missing: Bools = ~self.requirement.met(self.low, self.high, self.cells) & self._concerned
        return missing

    def attack(self, shown: Shown, *, at_most: int) -> list[Failure]:
        """Look for witnesses; what is left are failures, at most `at_most` of each component and reader."""
        failures: list[Failure] = []
        missing = self.cells[self.unproven().any(axis=0)]
        if not len(missing):
            return failures
        for block in components(self.release, shown, holding=missing):
            own = block.cells[self._column[block.cells] >= 0]
            columns = self._column[own]
            school = self.release.school[block.cells]
            self._look_among_few(block, school, own)
            for reader in np.flatnonzero(self.unproven()[:, columns].any(axis=1)):
                free = school != reader - 1 if reader != PUBLIC else np.ones(len(school), dtype=bool)
                component = Component(block.part(free), self._seed)
                self._look(component, own[np.isin(own, component.cells)], np.array([reader]))
                found = 0
                for cell in own[self.unproven()[reader, columns]]:
                    failure = self._fails(component, int(cell), int(reader))
                    if failure is not None:
                        failures.append(failure)
                        found += 1
                    if found >= at_most:
                        break
        return failures

    def _look_among_few(self, block: Block, school: Ints, own: Ints) -> None:
        """Look for tables that leave all but a few schools as they are, in small programs."""
        schools = np.unique(school[school >= 0])
        for _ in range(PARTITIONS):
            missing = own[self.unproven()[:, self._column[own]].any(axis=0)]
            if not len(missing):
                return
            self._random.shuffle(schools)
            few = min(FEW_SCHOOLS, max(1, (len(schools) + 1) // 2))
            for begin in range(0, len(schools), few):
                among = schools[begin : begin + few]
                free = np.isin(school, among) | (school < 0)
                targets = missing[np.isin(missing, block.cells[free])]
                if len(targets):
                    readers = np.setdiff1d(np.arange(self.readers), among + 1)
                    self._look(Component(block.part(free), self._seed), targets, readers)

    def _look(self, component: Component, own: Ints, readers: Ints) -> None:
        """Look for tables that push as many unproven cells as possible down, then up, until that helps no more."""
        columns = self._column[own]
        lower, upper = component.block.lower, component.block.upper
        places = component.positions(own)
        before = -1
        for attempt in range(ROUNDS):
            todo = self._unproven_by_any(readers, columns)
            if not todo.any() or (attempt and int(todo.sum()) == before):
                break
            before = int(todo.sum())
            weights = self._random.uniform(0.5, 1.5, before) if attempt else np.ones(before)
            costs = np.zeros(len(component.cells))
            costs[places[todo]] = weights
            self._note_least(component, costs, lower, upper)
            # A cell need not go higher than what proves it, so that what it leaves is there for the others.
            cells = own[todo]
            enough = np.maximum(
                self.low[np.ix_(readers, columns[todo])].max(axis=0) + self.requirement.width[cells],
                self.requirement.small[cells],
            )
            capped = upper.copy()
            capped[places[todo]] = np.maximum(np.minimum(upper[places[todo]], enough), self.release.values[cells])
            self._note_least(component, -costs, lower, capped)

    def _unproven_by_any(self, readers: Ints, columns: Ints) -> Bools:
        """Which of the primaries, by column, are not yet proven safe from one of the readers."""
        block = np.ix_(readers, columns)
        met = self.requirement.met(self.low[block], self.high[block], self.cells[columns])
        return np.asarray((~met & self._concerned[block]).any(axis=0))

    def _note_least(self, component: Component, costs: Floats, lower: Floats, upper: Floats) -> None:
        """Note the table with the least cost, or a good one of whole counts where that has fractions."""
        component.bound(lower, upper)
        solution = component.minimise(costs)
        if not solution.is_whole:
            solution = component.minimise_whole(costs, lower, upper, gap=GOOD_ENOUGH)
        self._note(component, solution)

    def is_unproven(self, reader: int, cell: int) -> bool:
        """Whether one primary is not yet proven safe from one reader."""
        return self._unproven_by(reader, int(self._column[cell]))

    def missing_rise(self, reader: int, cell: int) -> float:
        """By how much more than its true count a primary must be able to count so that one reader cannot tell it."""
        low = self.low[reader, self._column[cell]]
        return float(max(low + self.requirement.width[cell], self.requirement.small[cell]) - self.release.values[cell])

    def note_shift(self, cells: Ints, changes: Floats) -> None:
        """Let the table after a shift bear witness; all of `cells` are hidden from now on."""
        if (changes == np.rint(changes)).all():
            self._note_table(cells, self.release.values[cells] + changes)

    def _note(self, component: Component, solution: Solution) -> None:
        """Let a table bear witness, unless it has fractions of students."""
        if solution.is_whole:
            self._note_table(component.cells, solution.table)

    def _note_table(self, cells: Ints, table: Floats) -> None:
        """Let counts of cells bear witness against all readers whose own cells they leave as they are."""
        moved = self.release.school[cells[table != self.release.values[cells]]]
        against = np.ones(self.readers, dtype=bool)
        against[1 + moved[(moved >= 0) & (moved + 1 < self.readers)]] = False
        columns = self._column[cells]
        is_own = columns >= 0
        block = np.ix_(against, columns[is_own])
        self.low[block] = np.minimum(self.low[block], table[is_own])
        self.high[block] = np.maximum(self.high[block], table[is_own])

    def _fails(self, component: Component, cell: int, reader: int) -> Failure | None:
        """The interval of one cell by its own two programs: None if it is wide enough after all."""
        if not self._unproven_by(reader, self._column[cell]):
            return None
        place = int(component.positions(np.array([cell]))[0])
        lower, upper = component.block.lower, component.block.upper
        column = self._column[cell]
        ends: list[float] = []
        slack = np.zeros(len(self.release.values))
        rows = self.release.equations[component.block.rows]
        solutions: list[Solution] = []
        component.bound(lower, upper)
        for sign in (1.0, -1.0):
            costs = np.zeros(len(component.cells))
            costs[place] = sign
            solution = component.minimise(costs)
            self._note(component, solution)
            if not self._unproven_by(reader, column):
                return None
            prices = np.abs(solution.prices @ rows)
            slack += np.where(prices > SLACK, prices, 0.0)
            solutions.append(solution)
            ends.append(float(solution.table[place]))
        at = np.array([cell])
        if self.requirement.met(np.array([ends[0]]), np.array([ends[1]]), at)[0]:
            # Wide enough with fractions of students; what counts is whether it is with whole ones.
            for side, sign in enumerate((1.0, -1.0)):
                if not solutions[side].is_whole:
                    costs = np.zeros(len(component.cells))
                    costs[place] = sign
                    solution = component.minimise_whole(costs, lower, upper)
                    self._note(component, solution)
                    ends[side] = float(solution.table[place])
            if not self._unproven_by(reader, column):
                return None
        return Failure(cell, reader, ends[0], ends[1], slack)

    def _unproven_by(self, reader: int, column: int) -> bool:
        """Whether one primary, by its column, is not yet proven safe from one reader."""
        low, high = self.low[reader, column], self.high[reader, column]
        return not self.requirement.met(np.array([low]), np.array([high]), self.cells[[column]])[0]
