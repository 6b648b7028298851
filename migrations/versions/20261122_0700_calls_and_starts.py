"""calls of service tasks, and what starts instances.

Revision: 5b0c1f6e92d4, after 913fcc20708f
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from lxml import etree

revision = "5b0c1f6e92d4"
down_revision = "913fcc20708f"
branch_labels = None
depends_on = None

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def upgrade() -> None:
    op.create_table(
        "service_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("task_ref", sa.String(), nullable=False),
        sa.Column("process_key", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "done", "failed", "cancelled", name="callstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_service_call_instance_id_instance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_call")),
        sa.UniqueConstraint("instance_id", "task_ref", name=op.f("uq_service_call_instance_id")),
    )
    op.create_index("ix_service_call_due", "service_call", ["state", "next_attempt_at"], unique=False)

    subscriptions = op.create_table(
        "start_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("definition_id", sa.Integer(), nullable=False),
        sa.Column("process_key", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("message", "signal", name="startkind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"],
            ["process_definition.id"],
            name=op.f("fk_start_subscription_definition_id_process_definition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_subscription")),
        sa.UniqueConstraint("process_key", "element_id", "number", name=op.f("uq_start_subscription_process_key")),
    )
    op.create_index("ix_start_subscription_match", "start_subscription", ["kind", "name"], unique=False)
    op.create_index(op.f("ix_start_subscription_definition_id"), "start_subscription", ["definition_id"], unique=False)

    op.create_table(
        "start_timer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("definition_id", sa.Integer(), nullable=False),
        sa.Column("process_key", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_key", sa.String(), nullable=False),
        sa.Column("scope_key", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "fired", "cancelled", name="starttimerstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["process_definition.id"], name=op.f("fk_start_timer_definition_id_process_definition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_timer")),
        sa.UniqueConstraint("definition_id", "element_id", "number", name=op.f("uq_start_timer_definition_id")),
    )
    op.create_index("ix_start_timer_due", "start_timer", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_start_timer_process_key"), "start_timer", ["process_key"], unique=False)

    _subscribe_newest_versions(subscriptions)
    with op.batch_alter_table("process_definition") as batch:
        batch.drop_column("start_messages")


def _subscribe_newest_versions(subscriptions: Any) -> None:
    """Let messages start what they have started until now: the newest version of each process."""
    statement = "SELECT id, key, bpmn_xml FROM process_definition ORDER BY version"
    newest = {key: (id_, xml) for id_, key, xml in op.get_bind().execute(sa.text(statement))}
    rows = [
        {"definition_id": id_, "process_key": key, "element_id": element_id, "number": 0, "kind": "message", "name": name}
        for key, (id_, xml) in sorted(newest.items())
        for element_id, name in sorted(_start_messages(key, xml))
    ]
    if rows:
        op.bulk_insert(subscriptions, rows)


def _start_messages(key: str, xml: str) -> set[tuple[str, str]]:
    root = etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    names = {node.get("id"): node.get("name") for node in root.iter(f"{BPMN}message")}
    process = next(node for node in root.iter(f"{BPMN}process") if node.get("id") == key)
    return {
        (event.get("id"), names[definition.get("messageRef")])
        for event in process.iterchildren(f"{BPMN}startEvent")
        for definition in event.iterchildren(f"{BPMN}messageEventDefinition")
    }


def downgrade() -> None:
    with op.batch_alter_table("process_definition") as batch:
        batch.add_column(sa.Column("start_messages", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("process_definition") as batch:
        batch.alter_column("start_messages", server_default=None)
    op.drop_table("start_timer")
    op.drop_table("start_subscription")
    op.drop_table("service_call")
