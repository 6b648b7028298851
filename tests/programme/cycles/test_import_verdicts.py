"""Judging a list of schools row by row."""

import pytest

from app.programme.cycles.imports.checks import is_inn, is_ogrn
from app.programme.cycles.imports.names import likeness, municipality_key, person_key, school_key, slug_of
from app.programme.cycles.imports.reading import read_list
from app.programme.cycles.imports.verdicts import (
    Directory,
    Judged,
    KnownPerson,
    KnownPlace,
    KnownSchool,
    Preview,
    Verdict,
    judge,
)

KNOWN = Directory(
    year=2026,
    municipalities=(KnownPlace(1, "Городищенский район"), KnownPlace(2, "г. Волжский")),
    schools=(
        KnownSchool(11, "МБОУ «Ерзовская СШ»", 1),
        KnownSchool(12, "МБОУ СОШ № 3", 1, in_cycle=True),
        KnownSchool(21, "МБОУ СОШ № 3", 2),
        KnownSchool(22, "МБОУ СОШ № 5", 2),
    ),
    people=(
        KnownPerson(7, "Петрова Елена Викторовна"),
        KnownPerson(8, "Иванов Иван Ильич"),
        KnownPerson(9, "Иванов И. И."),
    ),
)


def preview(*rows: str, heading: str = "Район;Школа;Год;Куратор;Директор", **decisions: str) -> Preview:
    text = "\n".join([heading, *rows])
    return judge(read_list(text.encode()), KNOWN, {name.replace("_", "-", 1): to for name, to in decisions.items()})


def only(*rows: str, **decisions: str) -> Judged:
    return preview(*rows, **decisions).rows[-1]


@pytest.mark.parametrize(
    "written",
    [
        "МБОУ Ерзовская СШ",
        "Ерзовская средняя школа",
        'МБOУ "ЕРЗОВСКАЯ  СШ"',
        "Муниципальное бюджетное общеобразовательное учреждение «Ерзовская средняя общеобразовательная школа»",
    ],
)
def test_a_known_school_is_recognised_in_any_spelling(written: str) -> None:
    row = only(f"Городищенский муниципальный р-н;{written};2026;;")

    assert (row.verdict, row.school_id, row.municipality) == (Verdict.JOINS, 11, "Городищенский район")


def test_a_school_of_the_cycle_is_not_taken_in_twice() -> None:
    assert only("Городищенский район;СОШ №3;;;").verdict is Verdict.ALREADY_IN


def test_the_same_number_in_another_municipality_is_another_school() -> None:
    assert only("Волжский;СОШ N 3;;;").school_id == 21


def test_a_new_school_of_a_known_municipality_would_be_created() -> None:
    seen = preview("г.о. Волжский;МБОУ СОШ № 6;2026/2027 учебный год;;")

    assert seen.rows[0].verdict is Verdict.NEW
    assert (seen.can_be_taken, seen.creates_organisations, seen.new_municipalities) == (True, True, ())


def test_a_new_municipality_is_named_once() -> None:
    seen = preview("Дубовский район;СОШ № 1;;;", "Дубовский р-н;СОШ № 2;;;")

    assert seen.new_municipalities == ("Дубовский район",)
    assert [row.municipality for row in seen.rows] == ["Дубовский район"] * 2


def test_a_slip_of_the_pen_is_asked_about() -> None:
    row = only("Городищенский район;Ерзовкая СШ;;;")

    assert row.verdict is Verdict.QUESTION
    assert row.options == ((11, "МБОУ «Ерзовская СШ»"),)
    assert "Perhaps it is “МБОУ «Ерзовская СШ»”" in str(row.sentences[0])


@pytest.mark.parametrize(
    ("answer", "verdict"), [("11", "joins"), ("new", "new"), ("skip", "left_out"), ("999", "question")]
)
def test_an_answer_settles_the_question(answer: str, verdict: str) -> None:
    assert only("Городищенский район;Ерзовкая СШ;;;", row_2=answer).verdict == verdict


def test_a_misspelt_municipality_is_asked_about_once_and_its_schools_are_found() -> None:
    seen = preview("Городищенскй район;СОШ № 3;;;", "Городищенскй район;Ерзовская СШ;;;")

    assert [(question.written, question.suggestion.name) for question in seen.place_questions] == [
        ("Городищенскй район", "Городищенский район")
    ]
    assert [row.school_id for row in seen.rows] == [12, 11]
    assert not seen.can_be_taken


def test_a_municipality_said_to_be_new_is_new() -> None:
    seen = preview("Городищенскй район;СОШ № 9;;;", place_городищенскй="new")

    assert (seen.place_questions, seen.new_municipalities) == ((), ("Городищенскй район",))


def test_a_school_with_its_own_name_found_in_another_municipality_is_asked_about() -> None:
    row = only("Волжский;Ерзовская СШ;;;")

    assert (row.verdict, row.options) == (Verdict.QUESTION, ((11, "МБОУ «Ерзовская СШ», Городищенский район"),))


def test_a_missing_municipality_is_found_by_a_name_that_is_one_of_a_kind() -> None:
    rows = preview("СОШ № 3;;", "Ерзовская СШ;;", heading="Школа;Год;Куратор").rows

    assert [(row.verdict, row.school_id) for row in rows] == [(Verdict.PROBLEM, None), (Verdict.JOINS, 11)]
    assert "municipality is missing" in str(rows[0].sentences[0])


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("Волжский;СОШ № 5;3031;;", "The year is 3031, but this cycle is of 2026"),
        ("Волжский;СОШ № 5;2025;;", "The year is 2025"),
        ("Волжский;СОШ № 5;скоро;;", "“скоро” is not a year"),
        ("Волжский;;2026;Петрова Е. В.;", "name of the school is missing"),
        ("Волжский;—;2026;Петрова Е. В.;", "is not the name of a school"),
        ("Волжский;#ССЫЛКА!;2026;;", "formula in this row gives an error"),
        (f"Волжский;{'школа ' * 60};2026;;", "longer than 300"),
    ],
)
def test_a_row_that_is_wrong_says_what_and_what_to_do(row: str, says: str) -> None:
    judged = only(row)

    assert judged.verdict is Verdict.PROBLEM
    assert says in str(judged.sentences[0])


def test_a_repetition_that_says_the_same_counts_once() -> None:
    rows = preview("Волжский;СОШ № 5;2026;;", "г. Волжский;МБОУ «СОШ №5»;;;").rows

    assert [row.verdict for row in rows] == [Verdict.JOINS, Verdict.REPEATED]


def test_a_repetition_with_other_data_must_be_mended() -> None:
    rows = preview("Волжский;СОШ № 8;2026;Петрова Е. В.;", "Волжский;СОШ № 8;;Сидорова А. А.;").rows

    assert rows[1].verdict is Verdict.PROBLEM
    assert "stands in row 2 too" in str(rows[1].sentences[0])


@pytest.mark.parametrize(
    ("written", "person", "says"),
    [
        ("Петрова Е.В.", 7, ""),
        ("ПЕТРОВА Елена Викторовна, 8-905-111-22-33", 7, ""),
        ("Иванов И. И.", None, "Several people"),
        ("Кузнецова О. П.", None, "not among the people yet"),
        ("", None, ""),
    ],
)
def test_the_curator_is_found_by_name_and_an_unknown_one_stops_nothing(
    written: str, person: int | None, says: str
) -> None:
    row = only(f"Волжский;СОШ № 5;2026;{written};")

    assert (row.verdict, row.curator_id) == (Verdict.JOINS, person)
    assert says in " ".join(str(sentence) for sentence in row.sentences)


@pytest.mark.parametrize(
    ("number", "right"), [("7707083893", True), ("7707083894", False), ("77", False), ("7,7E+09", False)]
)
def test_the_control_digit_of_an_inn_is_checked(number: str, right: bool) -> None:
    assert is_inn(number) is right


@pytest.mark.parametrize(("number", "right"), [("1027700132195", True), ("1027700132196", False), ("12", False)])
def test_the_control_digit_of_an_ogrn_is_checked(number: str, right: bool) -> None:
    assert is_ogrn(number) is right


def test_names_are_compared_the_way_a_clerk_does() -> None:
    assert school_key("МКОУ «Средняя общеобразовательная школа №05»") == school_key("СОШ 5")
    assert likeness(school_key("СОШ № 5"), school_key("СОШ № 6")) == 0
    assert municipality_key("городской округ город Волжский") == municipality_key("г. Волжский") == "волжский"
    assert municipality_key("Городищенский муниципальный район") == municipality_key("Городищенский р-н")
    assert person_key("Петрова Елена Викторовна") == person_key("Петрова Е.В.")
    assert slug_of("МБОУ «Щёлковская СОШ № 5»") == "mbou-shchelkovskaya-sosh-5"


def test_three_thousand_rows_are_judged_quickly() -> None:
    places = tuple(KnownPlace(number, f"Район {chr(1072 + number % 32) * 6}{number}") for number in range(60))
    schools = tuple(KnownSchool(1000 + n, f"МБОУ СОШ № {n}", n % 60) for n in range(3000))
    text = "Район;Школа\n" + "\n".join(f"{places[n % 60].name};МБОУ СОШ № {n + 1}" for n in range(3000))

    seen = judge(read_list(text.encode()), Directory(2026, places, schools))

    assert len(seen.rows) == 3000
