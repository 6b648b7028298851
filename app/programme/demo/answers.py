"""What the demo's people write into the forms, by process and element.

The texts are what a school might really write; journeys of the tests use them too.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.programme.demo import papers
from app.programme.demo.papers import Answers, Data

__all__ = ["Answers", "Data", "answers_for"]

Answer = Callable[[Data, date], Answers]


def _curators(data: Data, today: date) -> Answers:
    """Keep the curators that were proposed."""
    return {"curator_rows": list(data["curator_rows"])}


def _calendar(data: Data, today: date) -> Answers:
    """Leave the calendar as it was proposed."""
    return dict(data["calendar"])


def _cycle_order(data: Data, today: date) -> Answers:
    return {"cycle_order_number": "14-р", "cycle_order_on": today.isoformat()}


def _questionnaire(data: Data, today: date) -> Answers:
    """Answer every question; the figures alternate so that some risks come out high and some low."""
    values = {row["indicator_code"]: _value(data, row["indicator_code"], index) for index, row in _indicators(data)}
    return {
        "coverage_rows": [
            {**row, "invited": invited, "answered": answered}
            for row, (invited, answered) in zip(
                data["coverage_rows"], ((1, 1), (24, 22), (180, 151), (160, 118)), strict=False
            )
        ],
        "indicator_rows": [{**row, "value": values[row["indicator_code"]]} for _i, row in _indicators(data)],
        "questionnaire_comment": "Анкетирование прошло на классных часах и родительских собраниях.",
    }


def _indicators(data: Data) -> list[tuple[int, Mapping[str, Any]]]:
    return list(enumerate(data["indicator_rows"]))


def _value(data: Data, code: str, index: int) -> float:
    """Return a figure beyond the high threshold for every third indicator, before the medium one for others."""
    indicator = next(i for factor in data["factors"] for i in factor["indicators"] if i["code"] == code)
    medium, high = float(indicator["medium_from"]), float(indicator["high_from"])
    step = abs(high - medium) or 1.0
    bad, good = (
        (high + step / 2, medium - step / 2) if indicator["higher_is_worse"] else (high - step / 2, medium + step / 2)
    )
    middle = (medium + high) / 2
    figure = (bad, good, middle)[index % 3]
    return round(max(figure, 0.0), 1)


def _visit(data: Data, today: date) -> Answers:
    return {
        "visit_on": today.isoformat(),
        "visit_people": "Директор, заместитель директора, три учителя, председатель родительского комитета",
        "visit_seen": "Посещены пять уроков. Кабинет математики оснащён, не хватает ноутбуков, нет учителя физики.",
        "visit_agreed": "Школа готовит анкетирование, куратор помогает с анализом результатов.",
    }


def _verification(data: Data, today: date) -> Answers:
    return {
        "verification_rows": [
            {
                **row,
                "school_agrees": "yes",
                "shown_by": "Результаты анкет и статистика школы",
                "cause": "Мало молодых учителей, далеко до центра повышения квалификации",
                "can_influence": "partly",
                "opinion": "Согласна с выводом школы",
            }
            for row in data["verification_rows"]
        ],
        "verification_summary": "Профиль подтверждён; стоит выбрать два–три риска, на которые школа может повлиять.",
    }


def _risks(data: Data, today: date) -> Answers:
    """Choose the two worst risks and give a reason for each other high one."""
    order = {"high": 0, "medium": 1, "no_data": 2, "low": 3}
    worst = sorted(data["risk_profile"], key=lambda factor: order[factor["level"]])
    chosen = [factor["code"] for factor in worst[:2]]
    return {
        "chosen_risks": chosen,
        "untaken_rows": [
            {**row, "reason": "" if row["factor_code"] in chosen else "Возьмём в следующем году"}
            for row in data.get("untaken_rows", [])
        ],
    }


def _confirm_risks(data: Data, today: date) -> Answers:
    return {"risks_decision": "confirm"}


def _complete(data: Data, today: date) -> Answers:
    return {"completeness_decision": "complete"}


def _confirm_package(data: Data, today: date) -> Answers:
    return {"confirm_decision": "confirm", "confirm_comment": "Пакет полный, меры связаны с рисками."}


def _mend_package(data: Data, today: date) -> Answers:
    """Send everything again as it is, with a word on what was mended."""
    kept = {key: value for key, value in data.items() if key.startswith(("concept_", "programme_"))}
    return {**kept, "roadmap_rows": list(data["roadmap_rows"]), "mend_note": "Уточнили сроки и показатели."}


def _agree(data: Data, today: date) -> Answers:
    return {"agree_decision": "agree", "agree_document_number": "55", "agree_document_on": today.isoformat()}


def _approve(data: Data, today: date) -> Answers:
    return {
        "approval_protocol_number": "3",
        "approval_protocol_on": today.isoformat(),
        "approval_order_number": "41-о",
        "approval_order_on": today.isoformat(),
    }


def _report_measure(data: Data, today: date) -> Answers:
    return {
        "report_status": "done",
        "report_fact": "Мероприятие проведено, участвовали 12 учителей, материалы размещены на сайте школы.",
        "report_done_on": today.isoformat(),
        "report_actual": 85,
        "report_link": "https://school.example/materials",
    }


def _confirm_report(data: Data, today: date) -> Answers:
    return {"report_decision": "confirm"}


def _report_stage(data: Data, today: date) -> Answers:
    """Only the second stage asks for evidence of positive change."""
    changes = {"stage_changes": "Контрольные работы: доля справившихся выросла с 66 до 74 %."}
    return {
        "stage_helped": "Наставники из соседней школы и курсы без отрыва от работы.",
        "stage_hindered": "Плохая связь, учителя заняты подготовкой к экзаменам.",
        "stage_comment": "Идём по плану.",
        **(changes if data["monitor_stage"] == 2 else {}),
    }


def _review_stage(data: Data, today: date) -> Answers:
    return {
        "stage_opinion": "Школа движется уверенно, нужна поддержка с кадрами.",
        "stage_pace": "on_track",
        "stage_helps": [],
    }


def _accept_stage(data: Data, today: date) -> Answers:
    return {
        "stage_conclusion": "on_track",
        "stage_recommendations": "Продолжать, поделиться опытом на семинаре района.",
    }


def _repeat(data: Data, today: date) -> Answers:
    """The same indicators again, all of them good now."""
    return {
        "repeat_rows": [{**row, "value": _value(data, row["indicator_code"], 1)} for row in data["repeat_rows"]],
        "repeat_coverage_percent": 86,
        "repeat_comment": "Повторное анкетирование проведено в тех же классах.",
    }


def _self(data: Data, today: date) -> Answers:
    return {
        "self_changes": "Учителя чаще обсуждают уроки, родители приходят на встречи.",
        "self_worked": "Наставничество и консультации.",
        "self_failed": "Не удалось закрыть вакансию учителя физики.",
        "self_lessons": "Начинать раньше и меньше мероприятий за раз.",
        "self_score": 4,
    }


def _opinion(data: Data, today: date) -> Answers:
    return {
        "opinion_text": "Школа прошла заметный путь, меры дали результат.",
        "opinion_strengths": "Сплочённая команда",
        "opinion_worries": "Кадры",
        "opinion_outcome": "leaves",
    }


def _outcome(data: Data, today: date) -> Answers:
    return {
        "final_outcome": data["proposed_outcome"],
        "outcome_order_number": "210-р",
        "outcome_order_on": today.isoformat(),
    }


def _call(data: Data, today: date) -> Answers:
    return {
        "call_on": today.isoformat(),
        "call_reason": "Заместитель директора была на больничном, работу продолжит на этой неделе.",
        "call_decision": "help",
    }


def _help_late(data: Data, today: date) -> Answers:
    return {"help_decision": "help", "help_text": "Методист района поможет школе собрать данные."}


def _answer_question(data: Data, today: date) -> Answers:
    return {
        "answer_text": "Начните с одного показателя на мероприятие и возьмите его из паспорта программы.",
        "answer_to_faq": True,
    }


def _rate(data: Data, today: date) -> Answers:
    return {"answer_helped": "yes", "answer_rating": 5, "asks_back": False}


ANSWERS: dict[tuple[str, str], Answer] = {
    ("open_cycle", "name_curators"): _curators,
    ("open_cycle", "set_calendar"): _calendar,
    ("open_cycle", "sign_order"): _cycle_order,
    ("diagnose", "fill_questionnaire"): _questionnaire,
    ("diagnose", "widen_survey"): _questionnaire,
    ("diagnose", "visit_school"): _visit,
    ("diagnose", "verify_profile"): _verification,
    ("diagnose", "choose_risks"): _risks,
    ("diagnose", "confirm_risks"): _confirm_risks,
    ("plan", "write_concept"): papers.concept,
    ("plan", "write_programme"): papers.programme,
    ("plan", "write_anti_risk_programme"): papers.anti_risk,
    ("plan", "check_completeness"): _complete,
    ("approve", "confirm_package"): _confirm_package,
    ("approve", "mend_package"): _mend_package,
    ("approve", "agree_package"): _agree,
    ("approve", "agree_instead"): _agree,
    ("approve", "approve_package"): _approve,
    ("implement", "report_measure"): _report_measure,
    ("implement", "confirm_report"): _confirm_report,
    ("monitor", "report_stage"): _report_stage,
    ("monitor", "review_stage"): _review_stage,
    ("monitor", "accept_stage"): _accept_stage,
    ("evaluate", "repeat_survey"): _repeat,
    ("evaluate", "evaluate_self"): _self,
    ("evaluate", "give_opinion"): _opinion,
    ("evaluate", "confirm_outcome"): _outcome,
    ("escalate", "call_school"): _call,
    ("escalate", "help_or_move"): _help_late,
    ("consult", "answer_question"): _answer_question,
    ("consult", "rate_answer"): _rate,
}


def answers_for(process_key: str, element_id: str, data: Data, today: date) -> Answers:
    """Return what the demo's person writes into the form of this element.

    Raises:
        KeyError: the demo never comes there.
    """
    return ANSWERS[process_key, element_id](data, today)
