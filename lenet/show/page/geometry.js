// Convex hulls and rectangles around patches, as lenet.data.paper measures them.

/** @typedef {import("./plane.js").Plane} Plane */
/** @typedef {[number, number]} Point row and column */

/**
 * Convex hull of the corners of a patch's pixels.
 * @param {Plane} mask not empty
 * @returns {Point[]}
 */
export function convexHull(mask) {
  /** @type {Point[]} */
  const points = [];
  for (let row = 0; row < mask.rows; row++) {
    const line = mask.data.subarray(row * mask.columns, (row + 1) * mask.columns);
    const first = line.findIndex((value) => value > 0);
    if (first < 0) continue;
    let last = line.length - 1;
    while (!line[last]) last--;
    for (const y of [row, row + 1]) points.push([y, first], [y, last + 1]);
  }
  points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (/** @type {Point[]} */ ordered) => {
    /** @type {Point[]} */
    const hull = [];
    for (const point of ordered) {
      while (hull.length > 1 && turn(hull[hull.length - 2], hull[hull.length - 1], point) <= 0) hull.pop();
      hull.push(point);
    }
    return hull.slice(0, -1);
  };
  return [...half(points), ...half(points.reverse())];
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {Point} c
 */
function turn(a, b, c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/** @param {Point[]} hull */
export function areaOf(hull) {
  let twice = 0;
  for (const [k, [y, x]] of hull.entries()) {
    const [nextY, nextX] = hull[(k + 1) % hull.length];
    twice += y * nextX - nextY * x;
  }
  return Math.abs(twice) / 2;
}

/**
 * The smallest rectangle around a patch, turned or not.
 * @param {Plane} mask
 * @returns {{length: number, width: number, turned: number}} degrees, to the right if positive
 */
export function smallestRectangle(mask) {
  const hull = convexHull(mask);
  let best = { length: 0, width: 0, turned: 0, area: Infinity };
  for (let angle = 0; angle < 90; angle++) {
    const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    const along = spread(hull.map(([y, x]) => y * cos + x * sin));
    const across = spread(hull.map(([y, x]) => x * cos - y * sin));
    if (along * across < best.area) {
      const [width, length] = along < across ? [along, across] : [across, along];
      best = { length, width, turned: angle <= 45 ? -angle : 90 - angle, area: along * across };
    }
  }
  return best;
}

/** @param {number[]} values */
function spread(values) {
  return Math.max(...values) - Math.min(...values);
}
