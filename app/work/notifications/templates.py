"""What the bell and the mails say: kind to language to (subject, body). Data only; `rules.render` fills the places.

A place is `%(name)s` and takes the value of that name as people write it: what ends with `_on` is a date, `days` a
number of days that agrees with its noun, `in_days` «сегодня», «завтра» or «через 3 дня», `task` the title with what
it is about. English takes `name_en` where there is one. A line of a body with an empty place is left out.
The subject alone is the sentence in the bell. An address begins with `%(base_url)s`, which the sender replaces.
"""

from collections.abc import Mapping

LINK = "%(base_url)s%(link)s"

TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "task.opened": {
        "ru": (
            "Новое задание: %(task)s",
            f"Вам доступно новое задание: %(task)s.\n%(place)s\nСрок – %(due_on)s.\n\n{LINK}\n",
        ),
        "en": (
            "New task: %(task)s",
            f"There is a new task for you: %(task)s.\n%(place)s\nDue on %(due_on)s.\n\n{LINK}\n",
        ),
    },
    "task.assigned": {
        "ru": (
            "Вам передано задание: %(task)s",
            f"%(by)s передаёт вам задание: %(task)s.\n%(place)s\nСрок – %(due_on)s.\n\n{LINK}\n",
        ),
        "en": (
            "A task was given to you: %(task)s",
            f"%(by)s gives you a task: %(task)s.\n%(place)s\nDue on %(due_on)s.\n\n{LINK}\n",
        ),
    },
    "task.taken_over": {
        "ru": (
            "Задание передано другому: %(task)s",
            f"%(by)s передаёт ваше задание: %(task)s.\nТеперь его выполняет %(assignee)s.\n\n{LINK}\n",
        ),
        "en": (
            "A task of yours was given to somebody else: %(task)s",
            f"%(by)s gives away your task: %(task)s.\nNow it is with %(assignee)s.\n\n{LINK}\n",
        ),
    },
    "task.cancelled": {
        "ru": (
            "Задание больше не нужно: %(task)s",
            f"Задание больше не нужно, процесс пошёл дальше: %(task)s.\n%(place)s\n\n{LINK}\n",
        ),
        "en": (
            "A task is no longer needed: %(task)s",
            f"This task is no longer needed, the process has moved on: %(task)s.\n%(place)s\n\n{LINK}\n",
        ),
    },
    "task.due_moved": {
        "ru": (
            "Срок перенесён на %(due_on)s: %(task)s",
            f"Срок задания перенесён на %(due_on)s: %(task)s.\n%(place)s\nПричина: %(reason)s\n\n{LINK}\n",
        ),
        "en": (
            "The date moved to %(due_on)s: %(task)s",
            f"The task is now due on %(due_on)s: %(task)s.\n%(place)s\nReason: %(reason)s\n\n{LINK}\n",
        ),
    },
    "task.reminded": {
        "ru": (
            "%(by)s ждёт от вас: %(task)s",
            f"%(by)s напоминает: ваша очередь – %(task)s.\n%(place)s\nСрок – %(due_on)s.\n\n{LINK}\n",
        ),
        "en": (
            "%(by)s waits for you: %(task)s",
            f"%(by)s reminds you: it is your turn – %(task)s.\n%(place)s\nDue on %(due_on)s.\n\n{LINK}\n",
        ),
    },
    "deadline.soon": {
        "ru": (
            "Скоро срок, %(due_on)s: %(task)s",
            f"Скоро срок – %(in_days)s, %(due_on)s.\nЗадание: %(task)s.\n%(place)s\n\n{LINK}\n",
        ),
        "en": (
            "Due soon, on %(due_on)s: %(task)s",
            f"Due %(in_days)s, on %(due_on)s.\nTask: %(task)s.\n%(place)s\n\n{LINK}\n",
        ),
    },
    "deadline.remind": {
        "ru": (
            "Срок – %(in_days)s, %(due_on)s: %(task)s",
            f"Напоминаем: срок – %(in_days)s, %(due_on)s.\nЗадание: %(task)s.\n%(place)s\n\n{LINK}\n",
        ),
        "en": (
            "Due %(in_days)s, on %(due_on)s: %(task)s",
            f"A reminder: due %(in_days)s, on %(due_on)s.\nTask: %(task)s.\n%(place)s\n\n{LINK}\n",
        ),
    },
    "deadline.overdue": {
        "ru": (
            "Просрочено на %(days)s: %(task)s",
            "Срок прошёл %(due_on)s, задание просрочено на %(days)s: %(task)s.\n%(place)s\n"
            f"Выполняет: %(assignee)s.\n\n{LINK}\n",
        ),
        "en": (
            "Overdue by %(days)s: %(task)s",
            "The task was due on %(due_on)s and is overdue by %(days)s: %(task)s.\n%(place)s\n"
            f"It is with %(assignee)s.\n\n{LINK}\n",
        ),
    },
    "incident.opened": {
        "ru": (
            "Процесс остановился из-за сбоя",
            f"Процесс не смог продолжиться. Откройте сбой, устраните причину и повторите шаг.\n\n{LINK}\n",
        ),
        "en": (
            "A process stopped because of an incident",
            f"A process could not go on. Open the incident, remove its cause and retry the step.\n\n{LINK}\n",
        ),
    },
    "process.failed": {
        "ru": (
            "Процесс %(process)s закончился ошибкой",
            "Процесс %(process)s закончился ошибкой, которую на схеме никто не обрабатывает: %(reason)s.\n"
            f"Посмотрите, что с делом, и попросите проектировщика дополнить схему.\n\n{LINK}\n",
        ),
        "en": (
            "The process %(process)s has failed",
            "The process %(process)s has ended by an error that nothing in its diagram handles: %(reason)s.\n"
            f"Look at the case, and ask the designer to complete the diagram.\n\n{LINK}\n",
        ),
    },
    "process.notice": {
        "ru": ("%(subject)s", f"%(text)s\n\n{LINK}\n"),
        "en": ("%(subject)s", f"%(text)s\n\n{LINK}\n"),
    },
}

# Kinds that also go out as a mail; the others stay in the bell, so that mails keep being read.
MAILED = frozenset(
    {
        "task.opened",
        "task.assigned",
        "task.due_moved",
        "task.reminded",
        "deadline.remind",
        "deadline.overdue",
        "incident.opened",
        "process.failed",
        "process.notice",
    }
)
# Of these at most one mail an hour about one case: fifteen tasks that open at once are one mail and fifteen notices.
MAILED_ONCE_AN_HOUR = frozenset({"task.opened"})
