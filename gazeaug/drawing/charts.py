"""Line charts as inline SVG: no script, no network, colours from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 420, 190
LEFT, RIGHT, TOP, BOTTOM = 48, 10, 10, 24
N_TICKS = 4

Points = Sequence[tuple[float, float]]


def line_chart(
    lines: Mapping[str, Points],
    *,
    levels: Mapping[str, float] | None = None,
    axis: str = "step",
    evenly: bool = False,
) -> str:
    """Lines over steps as an SVG element; hovering over a point shows its step and value.

    Args:
        lines: (step, value) points by name, at most six lines.
        levels: named horizontal lines to compare with.
        axis: what is counted from left to right.
        evenly: settings rather than a course: one as far from the next as all others, each of them named.
    """
    values = [value for points in lines.values() for _, value in points] + list((levels or {}).values())
    steps = [step for points in lines.values() for step, _ in points]
    ticks = round_ticks(min(values), max(values))
    low, high = ticks[0], ticks[-1]
    first, last = min(steps), max(steps) if max(steps) > min(steps) else min(steps) + 1
    order = sorted(set(steps))

    def place(step: float, value: float) -> tuple[float, float]:
        share = order.index(step) / max(1, len(order) - 1) if evenly else (step - first) / (last - first)
        x = LEFT + share * (WIDTH - LEFT - RIGHT)
        return x, TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(", ".join(lines))}">']
    for value in ticks:
        y = place(first, value)[1]
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{value:,g}</text>')
    named = order if evenly else [first, last]
    for number, step in enumerate(named):
        anchor = "start" if step == first else "end" if step == named[-1] else "middle"
        x, label = place(step, low)[0], counted(step) if evenly and number else f"{escape(axis)} {counted(step)}"
        parts.append(f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">{label}</text>')
    for name, value in (levels or {}).items():
        y = place(first, value)[1]
        parts.append(f'<line class="level" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{WIDTH - RIGHT}" y="{y - 3:.1f}" text-anchor="end">{escape(name)}</text>')
    for number, (name, points) in enumerate(lines.items()):
        parts.append(one_line(name, number, axis, [(step, value, *place(step, value)) for step, value in points]))
    return "".join([*parts, "</svg>"])


def one_line(name: str, number: int, axis: str, points: Sequence[tuple[float, float, float, float]]) -> str:
    """A line and an invisible disc at each of its points, which names it when the pointer rests there."""
    path = " ".join(f"{x:.1f},{y:.1f}" for _, _, x, y in points)
    discs = "".join(
        f'<circle class="line{number}" cx="{x:.1f}" cy="{y:.1f}" r="5">'
        f"<title>{escape(name)}, {escape(axis)} {counted(step)}: {value:.4g}</title></circle>"
        for step, value, x, y in points
    )
    return f'<polyline class="line{number}" points="{path}"/>{discs}'


def counted(step: float) -> str:
    """1,500 or 0.03."""
    return f"{step:,.0f}" if step == round(step) else f"{step:.2g}"


def legend(names: Sequence[str]) -> str:
    """The names of lines beside their colours."""
    return " ".join(f'<span class="key line{number}">{escape(name)}</span>' for number, name in enumerate(names))


def round_ticks(low: float, high: float) -> list[float]:
    """Round numbers at even steps from at most the lowest value to at least the highest; two at least."""
    rough = max((high - low) / N_TICKS, abs(high) * 1e-3, 1e-9)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [round(i * step, 9) for i in range(first, last + 1)]
