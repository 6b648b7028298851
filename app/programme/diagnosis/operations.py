"""Changing risk profiles: assessed, chosen, assessed again at the end of the year."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.programme.cycles.models import Case
from app.programme.diagnosis import queries
from app.programme.diagnosis.models import Risk, RiskLevel
from app.work.history.operations import record

SHOWN = ("name", "unit", "value", "coverage", "level", "reason", "trace")


def store_profile(
    session: Session,
    *,
    case: Case,
    profile: Sequence[Mapping[str, Any]],
    indicators: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Store the level of every factor with the indicators and rules behind it; a second call replaces them.

    Args:
        session: the caller's session.
        case: whose profile it is.
        profile: `[{code, name, level, reasons}]`, one entry a factor.
        indicators: `[{factor_code, name, unit, value, coverage, level, reason, trace}]`.
        now: the current instant.
    """
    known = {risk.code: risk for risk in queries.profile_of(session, case_id=case.id)}
    for factor in profile:
        risk = known.get(factor["code"]) or Risk(case_id=case.id, code=factor["code"], verification={})
        risk.name, risk.level, risk.assessed_at = factor["name"], RiskLevel(factor["level"]), now
        risk.reasons = list(factor.get("reasons") or [])
        risk.indicators = [
            {name: indicator.get(name) for name in SHOWN}
            for indicator in indicators
            if indicator["factor_code"] == factor["code"]
        ]
        session.add(risk)
    session.flush()
    levels = {factor["code"]: factor["level"] for factor in profile}
    _record(session, case, "profile.assessed", None, now, levels=levels)


def store_choice(
    session: Session,
    *,
    case: Case,
    codes: Sequence[str],
    verification: Sequence[Mapping[str, Any]],
    untaken: Sequence[Mapping[str, Any]],
    actor_id: int | None,
    now: datetime,
) -> list[Risk]:
    """Store which risks the school takes on, what was verified, and why others were not taken."""
    verified = {row.get("factor_code"): dict(row) for row in verification}
    reasons = {row.get("factor_code"): str(row.get("reason") or "") for row in untaken}
    for risk in queries.profile_of(session, case_id=case.id):
        risk.chosen = risk.code in codes
        risk.verification = verified.get(risk.code, {})
        risk.refusal_reason = "" if risk.chosen else reasons.get(risk.code, "")
    session.flush()
    _record(session, case, "risks.chosen", actor_id, now, codes=list(codes))
    return list(queries.chosen_risks(session, case_id=case.id))


def store_repeat(session: Session, *, case: Case, levels: Mapping[str, str]) -> None:
    """Store the level of each factor as the survey at the end of the year found it."""
    for risk in queries.profile_of(session, case_id=case.id):
        if risk.code in levels:
            risk.repeat_level = RiskLevel(levels[risk.code])
    session.flush()


def _record(session: Session, case: Case, action: str, actor_id: int | None, now: datetime, **detail: object) -> None:
    """Add a line about the profile to the case's history."""
    record(
        session,
        at=now,
        person_id=actor_id,
        action=action,
        subject=("case", case.id),
        business_key=case.business_key,
        **detail,
    )
