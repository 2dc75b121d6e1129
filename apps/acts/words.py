"""What an act was, in words for the audit log. A new kind of act gets its line in KINDS."""

from dataclasses import dataclass
from typing import Final

import msgspec

from apps.acts.types import SETTING_PUT, SETTING_REMOVE, Act


@dataclass(frozen=True, slots=True)
class Wording:
    """`label`: the kind in a list of kinds. `sentence`: one act of it; braces name the act's fields, {about} what it was
    done to, as the person saw it."""

    label: str
    sentence: str


KINDS: Final[dict[str, Wording]] = {
    "case.claim": Wording("Case claimed", "Claimed {about}"),
    "case.assign": Wording("Case assigned", "Assigned {about} to {to}"),
    "case.comment": Wording("Comment", "Commented on {about}"),
    "case.snooze": Wording("Case snoozed", "Snoozed {about}"),
    "case.wait": Wording("Case waiting", "Set {about} to waiting"),
    "case.wake": Wording("Case woken", "Woke {about}"),
    "case.escalate": Wording("Case escalated", "Escalated {about} to {to}"),
    "case.give_back": Wording("Case given back", "Gave {about} back to its own team"),
    "case.resolve": Wording("Case resolved", "Resolved {about}"),
    "case.reopen": Wording("Case reopened", "Reopened {about}"),
    "case.take_out": Wording("Taken out of its incident", "Took {about} out of its incident"),
    "case.put_back": Wording("Put back into its incident", "Put {about} back into its incident"),
    "message.replay": Wording("Messages replayed", "Replayed {about}"),
    "delivery.retry": Wording("Sent again", "Sent again {about}"),
    SETTING_PUT: Wording("Setting changed", "Set {setting} {about}"),
    SETTING_REMOVE: Wording("Setting removed", "Removed {setting} {about}"),
}


def label(kind: str) -> str:
    """The kind in words, also one that has none yet."""
    known = KINDS.get(kind)
    return known.label if known else kind.replace(".", " ").replace("_", " ").capitalize()


def sentence(act: Act) -> str:
    """The act in one line, with what the person wrote."""
    known = KINDS.get(act.kind)
    more = {"about": _about(act), "to": act.to or "nobody", "setting": act.setting.replace("_", " ")}
    fields = msgspec.structs.asdict(act) | more
    said = known.sentence.format_map(fields) if known else f"{label(act.kind)}: {fields['about']}"
    wrote = " ".join(filter(None, (act.text, act.reason)))
    return f"{said}: {wrote}" if wrote else said


def _about(act: Act) -> str:
    if act.setting:
        return f"“{act.name}”"
    return f"“{act.subject}”" if act.subject else act.order or "a case"
