"""How a reference bears on a claim; apart, because a search needs the names and no claim."""

from __future__ import annotations

from typing import Literal, get_args

Stance = Literal["supports", "qualifies", "contradicts", "background"]
STANCES: tuple[Stance, ...] = get_args(Stance)
