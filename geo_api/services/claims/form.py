"""The transfer form (移交单): an entity handed from one cell to another, to be printed, signed and filed."""

from __future__ import annotations

from geo_api.errors import Conflict
from geo_api.services.answers import Caller
from geo_api.services.claims.lists import READERS
from geo_api.services.claims.store import ClaimStore
from geo_api.services.documents.model import Column, Document, Language, Table
from geo_api.supervision.claims import STEPS_ZH, Claim
from geo_api.supervision.roles import require

WORDS = {
    "zh": {
        "title": "市场主体监管移交单", "number": "编号", "entity": "主体编号", "name": "名称", "address": "地址",
        "from": "移出网格", "to": "移入网格", "reason": "移交理由", "fell": "落入网格日期", "steps": "办理记录",
        "day": "日期", "step": "环节", "actor": "办理人", "officer": "监管员", "cell": "网格", "why": "理由",
        "signs": ("移出网格监管员", "移入网格监管员", "监管所负责人"), "none": "尚无记录",
    },
    "en": {
        "title": "Transfer of an entity", "number": "Number", "entity": "Entity", "name": "Name", "address": "Address",
        "from": "From cell", "to": "To cell", "reason": "Reason", "fell": "Fell into the cell on", "steps": "Steps",
        "day": "Day", "step": "Step", "actor": "By", "officer": "Officer", "cell": "Cell", "why": "Reason",
        "signs": ("Officer of the first cell", "Officer of the second cell", "Head of the station"), "none": "none",
    },
}  # fmt: skip


def transfer_form(store: ClaimStore, entity: str, *, caller: Caller, language: Language = "zh") -> Document:
    """The form of the last transfer of an entity, as a document.

    Raises:
        NotFound: no such entity. Conflict: nobody transferred it. NotAllowed: not the caller's to see.
    """
    with store.look() as work:
        entity_id = work.entity(entity, work.today(""))
        claim = work.claim(entity_id)
        sent = _transfer(claim)
        if claim is None or sent < 0:
            raise Conflict(f"entity {entity_id} was never sent to another cell: `gridward claims wrong` does that")
        step = claim.steps[sent]
        ancestors = (*work.ancestors(claim.cell_code), *work.ancestors(step.to_cell))
        require(
            caller.role,
            caller.jurisdiction,
            allowed=READERS,
            ancestors=ancestors,
            to=f"see the transfer of {entity_id}",
        )
        row = work.view(entity_id, claim.claim_no, claim.last.day)
    words = WORDS[language]
    before = claim.steps[sent - 1]
    steps = Table(
        "steps",
        str(words["steps"]),
        (
            Column(str(words["day"]), "day", 8),
            Column(str(words["step"]), width=8),
            Column(str(words["cell"]), width=12),
            Column(str(words["officer"]), width=8),
            Column(str(words["actor"]), width=10),
            Column(str(words["why"]), width=24),
        ),
        tuple(
            (
                s.day.isoformat(), STEPS_ZH[s.step] if language == "zh" else s.step, s.to_cell or claim.cell_code,
                s.officer_id, s.actor, s.reason,
            )
            for s in claim.steps
        ),
        empty=str(words["none"]),
    )  # fmt: skip
    return Document(
        title=str(words["title"]),
        subtitle=f"{words['number']} {step.document}",
        language=language,
        particulars=(
            (str(words["entity"]), str(entity_id)),
            (str(words["name"]), row.name),
            (str(words["address"]), row.address),
            (str(words["fell"]), claim.fell_on.isoformat()),
            (str(words["from"]), before.to_cell or claim.cell_code),
            (str(words["to"]), step.to_cell),
            (str(words["reason"]), step.reason),
        ),
        tables=(steps,),
        signatures=tuple(words["signs"]),
    )


def _transfer(claim: Claim | None) -> int:
    """Position of the last transfer among the steps; -1 = none."""
    steps = claim.steps if claim else ()
    return max((k for k, step in enumerate(steps) if step.step == "wrong"), default=-1)
