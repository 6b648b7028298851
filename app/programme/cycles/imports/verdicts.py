"""Judges a list of schools row by row: what is known, what would be created, what must be mended or decided."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.kernel.i18n import _
from app.programme.cycles.imports import names
from app.programme.cycles.imports.checks import problems_of
from app.programme.cycles.imports.values import Column, Line, SchoolList, Sentence


class Verdict(StrEnum):
    """What taking the list in would do with a row."""

    JOINS = "joins"
    ALREADY_IN = "already_in"
    NEW = "new"
    REPEATED = "repeated"
    LEFT_OUT = "left_out"
    QUESTION = "question"
    PROBLEM = "problem"


# What a person may answer to a question; a number is the id of the organisation that is meant.
CREATE, LEAVE_OUT = "new", "skip"


@dataclass(frozen=True)
class KnownPlace:
    """A municipality that is there already."""

    id: int
    name: str


@dataclass(frozen=True)
class KnownSchool:
    """A school that is there already, and whether it is in the cycle."""

    id: int
    name: str
    municipality_id: int
    in_cycle: bool = False


@dataclass(frozen=True)
class KnownPerson:
    """Somebody who could be named as a curator."""

    id: int
    full_name: str


@dataclass(frozen=True)
class Directory:
    """Everything known before the list came, and the year of the cycle."""

    year: int
    municipalities: tuple[KnownPlace, ...] = ()
    schools: tuple[KnownSchool, ...] = ()
    people: tuple[KnownPerson, ...] = ()


@dataclass(frozen=True)
class Judged:
    """One row with its verdict.

    Attributes:
        school_id: the known school that it means; None for a new one.
        municipality: how its municipality is called, as known or as written.
        municipality_id: None for a municipality to be created.
        curator_id: the person meant by the curator's name, when there is exactly one.
        sentences: what is wrong or to be decided, what to do; or what a person should know.
        options: organisations that may be meant, (id, name); the answer goes into the decisions.
    """

    line: Line
    verdict: Verdict
    school: str
    municipality: str
    school_id: int | None = None
    municipality_id: int | None = None
    curator_id: int | None = None
    sentences: tuple[Sentence, ...] = ()
    options: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class PlaceQuestion:
    """A municipality that is not known under this name but looks like one that is."""

    key: str
    written: str
    suggestion: KnownPlace


@dataclass(frozen=True)
class Preview:
    """The whole list judged. It can be taken in when nothing is left to mend or to decide."""

    rows: tuple[Judged, ...]
    place_questions: tuple[PlaceQuestion, ...]
    new_municipalities: tuple[str, ...]

    def count(self, *verdicts: Verdict) -> int:
        """Return how many rows have one of the verdicts."""
        return sum(1 for row in self.rows if row.verdict in verdicts)

    @property
    def creates_organisations(self) -> bool:
        """Whether schools or municipalities would be created that must be confirmed first."""
        return bool(self.new_municipalities) or self.count(Verdict.NEW) > 0

    @property
    def can_be_taken(self) -> bool:
        """Whether every row is clear."""
        return not self.place_questions and self.count(Verdict.PROBLEM, Verdict.QUESTION) == 0


@dataclass
class _Judge:
    """The state of one pass over the list."""

    directory: Directory
    decisions: Mapping[str, str]
    seen: dict[tuple[object, str], Line] = field(default_factory=dict)
    questions: dict[str, PlaceQuestion] = field(default_factory=dict)
    new_places: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {names.municipality_key(place.name): place for place in self.directory.municipalities}
        self.places_by_id = {place.id: place for place in self.directory.municipalities}
        self.schools: dict[int, dict[str, KnownSchool]] = {}
        self.anywhere: dict[str, list[KnownSchool]] = {}
        for school in self.directory.schools:
            key = names.school_key(school.name)
            self.schools.setdefault(school.municipality_id, {})[key] = school
            self.anywhere.setdefault(key, []).append(school)
        self.schools_by_id = {school.id: school for school in self.directory.schools}
        self.people: dict[str, list[KnownPerson]] = {}
        for person in self.directory.people:
            self.people.setdefault(names.person_key(person.full_name), []).append(person)

    def judge(self, line: Line) -> Judged:
        row = Judged(line, Verdict.PROBLEM, line.cell(Column.SCHOOL), line.cell(Column.MUNICIPALITY))
        if self.decisions.get(f"row-{line.key}") == LEAVE_OUT:
            return replace(row, verdict=Verdict.LEFT_OUT)
        problems = tuple(problems_of(line, self.directory.year))
        if problems:
            return replace(row, sentences=problems)
        row = self._place(row)
        if row.sentences:
            return row
        return self._curator(self._repetition(self._school(row)))

    def _place(self, row: Judged) -> Judged:
        """Find the municipality that the row means."""
        if not row.municipality:
            return self._place_of_the_school(row)
        key = names.municipality_key(row.municipality)
        known = self.places.get(key)
        if known is None:
            known = self._decided_place(key, row.municipality)
        if known is None:
            self.new_places.setdefault(key, row.municipality)
            return replace(row, municipality=self.new_places[key])
        return replace(row, municipality=known.name, municipality_id=known.id)

    def _decided_place(self, key: str, written: str) -> KnownPlace | None:
        """Return the known municipality meant by an unknown name, asking where it is not yet decided."""
        decision = self.decisions.get(f"place-{key}", "")
        if decision.isdecimal() and int(decision) in self.places_by_id:
            return self.places_by_id[int(decision)]
        alike = names.most_alike(key, self.places)
        if alike is None or decision == CREATE:
            return None
        self.questions.setdefault(key, PlaceQuestion(key, written, self.places[alike]))
        return self.places[alike]

    def _place_of_the_school(self, row: Judged) -> Judged:
        matches = self.anywhere.get(names.school_key(row.school), [])
        if len(matches) == 1:
            place = self.places_by_id[matches[0].municipality_id]
            return replace(row, municipality=place.name, municipality_id=place.id)
        return replace(
            row, sentences=(Sentence(_("The municipality is missing. Write it in this row or above the schools.")),)
        )

    def _school(self, row: Judged) -> Judged:
        """Find the school that the row means, or see that it is new or unclear."""
        decision = self.decisions.get(f"row-{row.line.key}", "")
        if decision.isdecimal() and int(decision) in self.schools_by_id:
            return self._known(row, self.schools_by_id[int(decision)])
        key = names.school_key(row.school)
        here = self.schools.get(row.municipality_id or 0, {})
        if key in here:
            return self._known(row, here[key])
        if decision == CREATE:
            return replace(row, verdict=Verdict.NEW)
        alike = names.most_alike(key, here)
        if alike is not None:
            sentence = Sentence(
                _("There is no school with exactly this name. Perhaps it is “%(school)s”."),
                {"school": here[alike].name},
            )
            return replace(
                row, verdict=Verdict.QUESTION, sentences=(sentence,), options=((here[alike].id, here[alike].name),)
            )
        return self._elsewhere(row, key)

    def _elsewhere(self, row: Judged, key: str) -> Judged:
        """Ask about a school whose own name is known in one other municipality only."""
        matches = self.anywhere.get(key, [])
        if len(matches) != 1 or not re.search(r"[а-яa-z]{5,}", key):
            return replace(row, verdict=Verdict.NEW)
        school = matches[0]
        place = self.places_by_id[school.municipality_id].name
        sentence = Sentence(
            _("“%(school)s” is known in another municipality: %(municipality)s. Is it the same school?"),
            {"school": school.name, "municipality": place},
        )
        option = (school.id, f"{school.name}, {place}")
        return replace(row, verdict=Verdict.QUESTION, sentences=(sentence,), options=(option,))

    def _known(self, row: Judged, school: KnownSchool) -> Judged:
        place = self.places_by_id[school.municipality_id]
        return replace(
            row,
            verdict=Verdict.ALREADY_IN if school.in_cycle else Verdict.JOINS,
            school=school.name,
            school_id=school.id,
            municipality=place.name,
            municipality_id=place.id,
        )

    def _repetition(self, row: Judged) -> Judged:
        """See whether an earlier row is about the same school: harmless when it says the same."""
        if row.school_id is not None:
            identity: tuple[object, str] = (row.school_id, "")
        else:
            identity = (names.municipality_key(row.municipality), names.school_key(row.school))
        earlier = self.seen.setdefault(identity, row.line)
        if earlier is row.line:
            return row
        told = {"row": earlier.row, "school": row.school}
        if _says_the_same(earlier, row.line):
            sentence = Sentence(_("The same school as in row %(row)s; counted once."), told)
            return replace(row, verdict=Verdict.REPEATED, sentences=(sentence,), options=())
        sentence = Sentence(
            _("“%(school)s” stands in row %(row)s too, with other data. Leave one of the two rows."), told
        )
        return replace(row, verdict=Verdict.PROBLEM, sentences=(sentence,), options=())

    def _curator(self, row: Judged) -> Judged:
        """Find the person named as the curator; an unknown one stops nothing, but is said."""
        written = row.line.cell(Column.CURATOR)
        if not written or row.verdict in {Verdict.PROBLEM, Verdict.REPEATED}:
            return row
        matches = self.people.get(names.person_key(written), [])
        if len(matches) == 1:
            return replace(row, curator_id=matches[0].id)
        if matches:
            text = _("Several people are called like the curator “%(name)s”. Name the curator later, by hand.")
        else:
            text = _("The curator “%(name)s” is not among the people yet. Add the person and name the curator later.")
        return replace(row, sentences=(*row.sentences, Sentence(text, {"name": written})))


def judge(school_list: SchoolList, directory: Directory, decisions: Mapping[str, str] | None = None) -> Preview:
    """Judge every row.

    Args:
        school_list: what was read.
        directory: what is known already.
        decisions: answers to questions: `row-<line key>` or `place-<municipality key>` to the id of the
            organisation that is meant, `new`, or `skip`.
    """
    judging = _Judge(directory, decisions or {})
    rows = tuple(judging.judge(line) for line in school_list.lines)
    used = {row.municipality for row in rows if row.verdict is Verdict.NEW and row.municipality_id is None}
    new_places = tuple(name for name in judging.new_places.values() if name in used)
    return Preview(rows, tuple(judging.questions.values()), new_places)


def _says_the_same(one: Line, other: Line) -> bool:
    columns = {Column.CURATOR, Column.PRINCIPAL, Column.INN}
    return all(one.cell(column).casefold() == other.cell(column).casefold() for column in columns)
