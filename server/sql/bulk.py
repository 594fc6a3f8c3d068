"""The statements that write many rows at once, by dialect."""

from __future__ import annotations

from ..history.schema import Kind
from .rules import RULES, columns


def stage(kind: Kind) -> str:
    """PostgreSQL: a table of this session that takes rows by COPY, and is empty again after each transaction."""
    return (
        f"create temporary table if not exists stage_{kind.value}"
        f" (like {kind.value}) on commit delete rows;"
        + "".join(f" alter table stage_{kind.value} drop column {name};" for name in _given_by_server(kind))
    )


def copy(kind: Kind) -> str:
    """PostgreSQL: fills the stage."""
    return f"copy stage_{kind.value}({_names(kind)}) from stdin"


def merge(kind: Kind) -> str:
    """PostgreSQL: moves the rows of the stage, one per key, into the table."""
    rule, table = RULES[kind], kind.value
    action = "nothing"
    if rule.rank is not None:
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns(kind) if name not in rule.key)
        action = f"update set {changes}"
        if rule.rank:
            new = ", ".join(term.sql("excluded.{}") for term in rule.rank)
            old = ", ".join(term.sql(f"{table}.{{}}") for term in rule.rank)
            action += f" where ({new}) >= ({old})"
    return (
        f"insert into {table}({_names(kind)}) select {_names(kind)} from stage_{table}"
        f" on conflict({', '.join(rule.key)}) do {action}"
    )


def upsert(kind: Kind) -> str:
    """MariaDB and MySQL: writes one row; the driver makes one statement of many.

    These servers assign from left to right, and a condition behind an assignment sees what was assigned. So the columns
    of the rank come last, the lowest one first: where the new row wins, it is then still not lower in what is left of
    the rank; where it loses, nothing was assigned.
    """
    rule = RULES[kind]
    marks = ", ".join(["%s"] * len(columns(kind)))
    changes = [f"{rule.key[0]} = {kind.value}.{rule.key[0]}"]
    if rule.rank is not None:
        ranked = [term.column for term in reversed(rule.rank)]
        others = [name for name in columns(kind) if name not in rule.key and name not in ranked]
        condition = "true"
        if rule.rank:
            new = ", ".join(term.sql("values(`{}`)") for term in rule.rank)
            old = ", ".join(term.sql(f"{kind.value}.`{{}}`") for term in rule.rank)
            condition = f"({new}) >= ({old})"
        changes = [f"`{name}` = if({condition}, values(`{name}`), {kind.value}.`{name}`)" for name in others + ranked]
    names = ", ".join(f"`{name}`" for name in columns(kind))
    return f"insert into {kind.value}({names}) values ({marks}) on duplicate key update {', '.join(changes)}"


def _names(kind: Kind) -> str:
    return ", ".join(columns(kind))


def _given_by_server(kind: Kind) -> tuple[str, ...]:
    """The columns that a row does not have: the server numbers such rows."""
    return {Kind.CHUNK: ("chunk_id",), Kind.SAMPLE: ("sample_id",)}.get(kind, ())
