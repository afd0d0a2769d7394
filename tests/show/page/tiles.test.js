// Where maps lie, and what is under a pointer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cornerOf, tilesOf, unitAt } from "../../../lenet/show/page/tiles.js";

for (const [shape, width] of [[[16, 12, 12], 700], [[31, 4, 4], 300], [[10], 500], [[120, 1, 1], 333], [[3, 224, 224], 380]]) {
  test(`each unit of ${shape.join(" x ")} is found where it is drawn, in ${width} pixels`, () => {
    const tiles = tilesOf(shape, width);
    assert.ok(tiles.width <= Math.max(width, tiles.columns * tiles.scale));
    const [maps, rows = 1, columns = 1] = shape;
    for (const map of [0, 1, maps - 1]) {
      const { x, y } = cornerOf(tiles, map);
      for (const [row, column] of [[0, 0], [rows - 1, columns - 1]]) {
        const found = unitAt(tiles, x + (column + 0.5) * tiles.scale, y + (row + 0.5) * tiles.scale);
        assert.deepEqual(found, { map, row, column });
        assert.ok(y + (row + 1) * tiles.scale <= tiles.height);
      }
      assert.equal(unitAt(tiles, x - 1, y), null);
    }
  });
}

test("gaps and what is beyond are no unit", () => {
  const tiles = tilesOf([3, 4, 4], 500);
  assert.equal(unitAt(tiles, 4 * tiles.scale + 1, 3), null);
  assert.equal(unitAt(tiles, -1, 3), null);
  assert.equal(unitAt(tiles, 3, tiles.height + 30), null);
});
