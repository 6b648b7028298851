"""What the demo's people write into the forms, by process and element.

The texts are what a school might really write; journeys of the tests use them too.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

Data = Mapping[str, Any]
Answers = dict[str, Any]
Answer = Callable[[Data, date], Answers]

# Objective, measure, month in which it ends, baseline: one set for each risk that a school takes on.
ROWS = (
    (
        ("Повысить предметную компетентность учителей", "Курсы повышения квалификации учителей математики", 3, 40),
        ("Ввести наставничество", "Пары «наставник – молодой учитель» и взаимопосещение уроков", 9, 10),
        ("Поддержать учеников с трудностями", "Индивидуальные консультации по математике для 5–9 классов", 11, 25),
    ),
    (
        ("Закрыть вакансии", "Договор с педагогическим колледжем о практике студентов", 6, 0),
        ("Обновить кабинеты", "Заявка и закупка ноутбуков для двух кабинетов", 8, 20),
        ("Разгрузить учителей", "Общие методические дни с соседней школой раз в месяц", 10, 15),
    ),
)


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


def _concept(data: Data, today: date) -> Answers:
    return {
        "concept_introduction": "Школа работает в селе, 340 учеников, 27 учителей. Концепция рассчитана на три года.",
        "concept_analysis": "По итогам ВПР доля учеников ниже минимума — 34 %. Причины — кадры и мотивация.",
        "concept_risks": [
            {"risk_code": risk["code"], "measures_summary": "Курсы, наставничество, консультации для учеников"}
            for risk in data["risks"]
        ],
        "concept_goals": "За два года снизить долю неуспевающих вдвое.",
        "concept_objectives": "Обновить методы работы; поддержать учеников с трудностями; вовлечь родителей.",
        "concept_measures": "Повышение квалификации, наставничество, индивидуальные маршруты, родительский клуб.",
        "concept_responsible": "Директор, заместитель директора по учебной работе",
    }


def _programme(data: Data, today: date) -> Answers:
    return {
        "programme_title": "Среднесрочная программа развития на 2026–2028 годы",
        "programme_goal": "Создать условия для устойчивого роста результатов учеников.",
        "programme_objectives": "Закрыть вакансии; ввести наставничество; наладить раннюю помощь ученикам.",
        "programme_indicators": [
            {"indicator": "Доля учеников ниже минимума по ВПР", "unit": "%", "baseline": 34, "target": 20}
        ],
        "programme_methods": "Анализ ВПР и ОГЭ, анкеты, наблюдение уроков",
        "programme_begins_on": f"{today.year}-05-01",
        "programme_ends_on": f"{today.year}-12-20",
        "programme_stages": "Подготовка — май; работа — июнь–ноябрь; итоги — декабрь.",
        "programme_subprogrammes": "Антирисковые программы по выбранным рискам",
        "programme_results": "Доля неуспевающих не выше 20 %, все вакансии закрыты.",
        "programme_performers": "Администрация, учителя, куратор",
        "programme_management": "Директор проводит совещание раз в месяц, куратор — раз в квартал.",
        "programme_content": "Меры описаны в антирисковых программах и дорожной карте.",
    }


def _anti_risk(data: Data, today: date) -> Answers:
    year = int(data["cycle"]["year"])
    place = [risk["code"] for risk in data["risks"]].index(data["risk"]["code"])
    rows = ROWS[place % len(ROWS)]
    return {
        "anti_risk_goal": "Снизить риск до среднего уровня к концу года.",
        "anti_risk_objectives": "Обучить учителей, помочь ученикам, показать результат родителям.",
        "anti_risk_targets": [
            {"indicator": "Доля учителей, прошедших курсы", "unit": "%", "baseline": 40, "target": 90}
        ],
        "anti_risk_methods": "Учёт удостоверений, анкеты, анализ контрольных работ",
        "anti_risk_results": "Учителя применяют новые приёмы, ученики получают помощь вовремя.",
        "anti_risk_performers": "Заместитель директора, руководители методических объединений",
        "anti_risk_rows": [
            {
                "objective": objective,
                "measure": title,
                "begins_on": f"{year}-{month - 2:02d}-15",
                "ends_on": f"{year}-{month:02d}-15",
                "indicator": "Доля охваченных",
                "unit": "%",
                "baseline": baseline,
                "target": 80,
                "method": "Отчёт школы",
                "evidence_kind": "certificate",
                "responsible": "Заместитель директора по учебной работе",
                "participants": "Учителя-предметники, 12 человек",
                "resources": "Средства школы",
            }
            for objective, title, month, baseline in rows
        ],
    }


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
    ("plan", "write_concept"): _concept,
    ("plan", "write_programme"): _programme,
    ("plan", "write_anti_risk_programme"): _anti_risk,
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
