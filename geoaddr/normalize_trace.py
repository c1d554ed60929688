"""Normalisation shown step by step: what each step changed, and where in the text."""

from __future__ import annotations

from dataclasses import dataclass

from geoaddr.normalize import STEPS


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the text before and after one step; they are equal where the step left it alone."""

    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the step changed the stretch."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step that changed something: its name, and the whole text in stretches, in order."""

    name: str
    stretches: tuple[Stretch, ...]

    @property
    def before(self) -> str:
        """The text the step was given."""
        return "".join(one.before for one in self.stretches)

    @property
    def after(self) -> str:
        """The text the step gave back."""
        return "".join(one.after for one in self.stretches)


def trace(text: str) -> tuple[StepShown, ...]:
    """Return the steps that change a text, in order; the last one's ``after`` is what :func:`geoaddr.normalize.normalize` returns.

    ``trace("肖橋路８号")`` -> ``width`` (８ -> 8), ``traditional`` (橋 -> 桥); a text in plain form -> ``()``.
    """
    shown: list[StepShown] = []
    for step in STEPS:
        edits = step(text)
        if not edits:
            continue
        stretches: list[Stretch] = []
        done = 0
        for start, end, new in edits:
            if start > done:
                stretches.append(Stretch(text[done:start], text[done:start]))
            stretches.append(Stretch(text[start:end], new))
            done = end
        if done < len(text):
            stretches.append(Stretch(text[done:], text[done:]))
        shown.append(StepShown(step.__name__, tuple(stretches)))
        text = shown[-1].after
    return tuple(shown)
