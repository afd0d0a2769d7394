// Filters of the first layer as pictures.

import { bytesOf } from "../../show/page/base64.js";
import { painted } from "../../show/page/colours.js";
import { drawTiles, tilesOf } from "../../show/page/tiles.js";

/** @typedef {{shape: number[], count: number, values: string, limit: number}} Filters signed bytes; the largest number is `limit` */

const LARGEST = 127;

/**
 * Pixels of filters, one below the other: of three channels as colours around gray, of others each channel by itself.
 * @param {Filters} filters
 * @returns {{maps: number, pixels: Uint8ClampedArray}}
 */
export function pixelsOfFilters({ shape: [count, channels, rows, columns], values }) {
  const numbers = new Int8Array(bytesOf(values).buffer);
  if (channels !== 3) return { maps: count * channels, pixels: painted(numbers, LARGEST) };
  const size = rows * columns;
  const pixels = new Uint8ClampedArray(4 * count * size).fill(255);
  for (let k = 0; k < count; k++) {
    for (let c = 0; c < 3; c++) {
      for (let place = 0; place < size; place++) pixels[4 * (k * size + place) + c] = 128 + numbers[(k * 3 + c) * size + place];
    }
  }
  return { maps: count, pixels };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Filters} filters
 * @param {number} width the page's pixels
 */
export function drawFilters(canvas, filters, width) {
  const { maps, pixels } = pixelsOfFilters(filters);
  const [, , rows, columns] = filters.shape;
  drawTiles(canvas, tilesOf([maps, rows, columns], width, { tile: 48, largest: 12 }), pixels);
}

/** @param {Filters} filters */
export function filterWords({ shape: [shown, channels, rows, columns], count, limit }) {
  const some = shown < count ? `The first ${shown} of ${count.toLocaleString("en")}` : `${count}`;
  if (!limit) return `${some} filters of ${channels} × ${rows} × ${columns}, all of them zero.`;
  const how = channels === 3 ? "gray is zero" : "orange above zero, blue below";
  return `${some} filters of ${channels} × ${rows} × ${columns}; ${how}, at most ±${limit.toPrecision(2)}.`;
}
