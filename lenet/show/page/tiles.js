// Maps as tiles of a canvas: where each lies, what is under a pointer, and drawing them.

import { colours, painted } from "./colours.js";
import { sizedContext } from "./dom.js";

/**
 * @typedef {object} Tiles
 * @property {number} maps
 * @property {number} rows of a map
 * @property {number} columns
 * @property {number} scale the page's pixels for a unit
 * @property {number} across maps side by side
 * @property {number} gap between maps
 * @property {number} under room for a caption under each
 * @property {number} width of all
 * @property {number} height
 */

/** @typedef {{map: number, row: number, column: number}} Unit */
/** @typedef {{map: number, top: number, bottom: number, left: number, right: number}} Region of a map */

const TILE = 58;
const [SMALLEST, LARGEST] = [2, 14];

/**
 * Lay out maps in a width. Units without a place are maps of one.
 * @param {number[]} shape (maps, rows, columns) or (units)
 * @param {number} width
 * @param {{tile?: number, largest?: number, under?: number, gap?: number}} [options]
 * @returns {Tiles}
 */
export function tilesOf(shape, width, options = {}) {
  const [maps, rows = 1, columns = 1] = shape;
  const { tile = TILE, largest = LARGEST, under = 0 } = options;
  const fitting = Math.floor(tile / Math.max(rows, columns));
  const scale = Math.min(largest, Math.max(SMALLEST, fitting), Math.max(1, Math.floor(width / columns)));
  const gap = options.gap ?? (rows * columns === 1 ? 2 : 5);
  const across = Math.max(1, Math.min(maps, Math.floor((width + gap) / (columns * scale + gap))));
  return {
    ...{ maps, rows, columns, scale, across, gap, under },
    width: across * (columns * scale + gap) - gap,
    height: Math.ceil(maps / across) * (rows * scale + gap + under) - gap,
  };
}

/**
 * Upper left corner of a map.
 * @param {Tiles} tiles
 * @param {number} map
 */
export function cornerOf(tiles, map) {
  return {
    x: (map % tiles.across) * (tiles.columns * tiles.scale + tiles.gap),
    y: Math.floor(map / tiles.across) * (tiles.rows * tiles.scale + tiles.gap + tiles.under),
  };
}

/**
 * The unit at a point, or null.
 * @param {Tiles} tiles
 * @param {number} x
 * @param {number} y
 * @returns {Unit | null}
 */
export function unitAt(tiles, x, y) {
  const [wide, high] = [tiles.columns * tiles.scale + tiles.gap, tiles.rows * tiles.scale + tiles.gap + tiles.under];
  const [across, down] = [Math.floor(x / wide), Math.floor(y / high)];
  const map = down * tiles.across + across;
  const row = Math.floor((y - down * high) / tiles.scale);
  const column = Math.floor((x - across * wide) / tiles.scale);
  const inside = across >= 0 && across < tiles.across && map >= 0 && map < tiles.maps;
  return inside && row >= 0 && row < tiles.rows && column >= 0 && column < tiles.columns ? { map, row, column } : null;
}

const shared = typeof document === "undefined" ? null : document.createElement("canvas");

/**
 * Draw maps.
 * @param {HTMLCanvasElement} canvas
 * @param {Tiles} tiles
 * @param {Uint8ClampedArray} pixels four bytes for each unit, map after map
 * @param {Region[]} [marks] outlined
 * @returns {CanvasRenderingContext2D}
 */
export function drawTiles(canvas, tiles, pixels, marks = []) {
  const context = sizedContext(canvas, tiles.width, tiles.height);
  const { maps, rows, columns, scale } = tiles;
  const all = /** @type {HTMLCanvasElement} */ (shared);
  // It only grows: to be sized anew takes longer than to be drawn on.
  if (all.width < columns) all.width = columns;
  if (all.height < maps * rows) all.height = maps * rows;
  const small = /** @type {CanvasRenderingContext2D} */ (all.getContext("2d", { willReadFrequently: true }));
  small.putImageData(new ImageData(/** @type {any} */ (pixels), columns, maps * rows), 0, 0);
  for (let map = 0; map < maps; map++) {
    const { x, y } = cornerOf(tiles, map);
    context.drawImage(all, 0, map * rows, columns, rows, x, y, columns * scale, rows * scale);
  }
  // With a halo, so that it is seen on light and on dark.
  for (const [colour, width] of [["#fff", 3.5], [colours().mark, 1.75]]) {
    context.strokeStyle = String(colour);
    context.lineWidth = Number(width);
    for (const { map, top, bottom, left, right } of marks) {
      const { x, y } = cornerOf(tiles, map);
      const [first, last] = [x + Math.max(left * scale, 1), x + Math.min(right * scale, tiles.columns * scale - 1)];
      const [upper, lower] = [y + Math.max(top * scale, 1), y + Math.min(bottom * scale, tiles.rows * scale - 1)];
      context.strokeRect(first, upper, last - first, lower - upper);
    }
  }
  return context;
}

/**
 * Draw numbers as maps.
 * @param {HTMLCanvasElement} canvas
 * @param {Tiles} tiles
 * @param {ArrayLike<number>} values
 * @param {number} limit what has the full colour
 * @param {Region[]} [marks]
 */
export function drawMaps(canvas, tiles, values, limit, marks) {
  return drawTiles(canvas, tiles, painted(values, limit), marks);
}
