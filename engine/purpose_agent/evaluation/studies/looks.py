"""How each arm looks, in every picture: one colour, one dash, one marker.

Colours keep 3:1 on light and dark paper and differ for people who see few colours; dash and marker say the same again.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Dash = Literal["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"]
Marker = Literal["circle", "circle-open", "diamond", "square", "x-thin-open", "triangle-up"]


class Look(NamedTuple):
    colour: str
    dash: Dash
    symbol: Marker


LOOKS: Mapping[str, Look] = {
    "none": Look("#7a878a", "dot", "x-thin-open"),
    "empty": Look("#6b7a7d", "dash", "circle-open"),
    "undone": Look("#6b7a7d", "dash", "circle-open"),
    "episodes": Look("#b7791f", "dashdot", "diamond"),
    "lessons": Look("#2a8c8a", "solid", "circle"),
    "again": Look("#4a6fb0", "longdash", "square"),
}
GAIN, LOSS, UNCLEAR = "#2a8c8a", "#c05a3a", "#7a878a"
"""Of an effect: clearly one way or the other, or not to be told from nothing."""
_OTHER = Look("#8a6a9e", "longdashdot", "triangle-up")


def look_of(arm: str) -> Look:
    return LOOKS.get(arm, _OTHER)
