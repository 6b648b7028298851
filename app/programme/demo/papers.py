"""The papers of the demo's schools: concept, programme, and a roadmap for each risk."""

from collections.abc import Mapping
from datetime import date
from typing import Any

Data = Mapping[str, Any]
Answers = dict[str, Any]

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


def concept(data: Data, today: date) -> Answers:
    """Write the concept."""
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


def programme(data: Data, today: date) -> Answers:
    """Write the medium-term programme."""
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


def anti_risk(data: Data, today: date) -> Answers:
    """Write the anti-risk programme of one risk, with its rows of the roadmap."""
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
