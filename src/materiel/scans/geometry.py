"""Where a printed page lies in an image: the projection from its points to the pixels, by least squares.

Plain arithmetic on a dozen points. A projection is eight numbers, in the order that Pillow's `PERSPECTIVE` takes them.
"""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, float]
Projection = tuple[float, float, float, float, float, float, float, float]


def projected(projection: Projection, point: Point) -> Point:
    """Where a point of the page falls in the image."""
    a, b, c, d, e, f, g, h = projection
    x, y = point
    depth = g * x + h * y + 1
    return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth


def shifted(projection: Projection, x: float, y: float) -> Projection:
    """The same projection for points counted from (x, y) of the page."""
    a, b, c, d, e, f, g, h = projection
    depth = g * x + h * y + 1
    return (
        a / depth,
        b / depth,
        (a * x + b * y + c) / depth,
        d / depth,
        e / depth,
        (d * x + e * y + f) / depth,
        g / depth,
        h / depth,
    )


def scaled(projection: Projection, by: float) -> Projection:
    """The same projection into an image reduced `by` times."""
    a, b, c, d, e, f, g, h = projection
    return a / by, b / by, c / by, d / by, e / by, f / by, g, h


def fitted(pairs: Sequence[tuple[Point, Point]], *, perspective: bool) -> Projection | None:
    """The projection that takes each first point nearest to its second one; None when the points do not tell it.

    Without `perspective` parallel lines stay parallel, as on the glass of a scanner: three points are enough.
    """
    # Counted from their middle and in their own size, the equations stay well conditioned.
    (cx, cy), size = _frame([page for page, _ in pairs])
    (ix, iy), scale = _frame([image for _, image in pairs])
    unknowns = 8 if perspective else 6
    matrix = [[0.0] * unknowns for _ in range(unknowns)]
    wanted = [0.0] * unknowns
    for (px, py), (qx, qy) in pairs:
        x, y = (px - cx) / size, (py - cy) / size
        u, v = (qx - ix) / scale, (qy - iy) / scale
        for row, target in (([x, y, 1, 0, 0, 0, -u * x, -u * y], u), ([0, 0, 0, x, y, 1, -v * x, -v * y], v)):
            for i in range(unknowns):
                wanted[i] += row[i] * target
                for j in range(unknowns):
                    matrix[i][j] += row[i] * row[j]
    solved = _solved(matrix, wanted)
    if solved is None:
        return None
    a, b, c, d, e, f, g, h = [*solved, *[0.0] * (8 - unknowns)]
    return _in_pixels((a, b, c, d, e, f, g, h), (cx, cy), size, (ix, iy), scale)


def _frame(points: Sequence[Point]) -> tuple[Point, float]:
    cx = sum(x for x, _ in points) / len(points)
    cy = sum(y for _, y in points) / len(points)
    return (cx, cy), max(max(abs(x - cx), abs(y - cy)) for x, y in points) or 1.0


def _in_pixels(inner: Projection, centre: Point, size: float, middle: Point, scale: float) -> Projection | None:
    a, b, c, d, e, f, g, h = inner
    rows = [[a, b, c], [d, e, f], [g, h, 1.0]]
    (cx, cy), (ix, iy) = centre, middle
    into = [[1 / size, 0.0, -cx / size], [0.0, 1 / size, -cy / size], [0.0, 0.0, 1.0]]
    out = [[scale, 0.0, ix], [0.0, scale, iy], [0.0, 0.0, 1.0]]
    m = _product(out, _product(rows, into))
    last = m[2][2]
    if abs(last) < 1e-9:
        return None
    return (
        m[0][0] / last,
        m[0][1] / last,
        m[0][2] / last,
        m[1][0] / last,
        m[1][1] / last,
        m[1][2] / last,
        m[2][0] / last,
        m[2][1] / last,
    )


def _product(one: list[list[float]], other: list[list[float]]) -> list[list[float]]:
    return [[sum(one[i][k] * other[k][j] for k in range(3)) for j in range(3)] for i in range(3)]


def _solved(matrix: list[list[float]], wanted: list[float]) -> list[float] | None:
    """Gauss's elimination; None for equations that say the same thing."""
    size = len(wanted)
    rows = [[*row, value] for row, value in zip(matrix, wanted, strict=True)]
    for step in range(size):
        best = max(range(step, size), key=lambda index: abs(rows[index][step]))
        if abs(rows[best][step]) < 1e-9:
            return None
        rows[step], rows[best] = rows[best], rows[step]
        for index in range(size):
            if index != step:
                times = rows[index][step] / rows[step][step]
                rows[index] = [value - times * lead for value, lead in zip(rows[index], rows[step], strict=True)]
    return [rows[index][size] / rows[index][index] for index in range(size)]
