// One unit on the page: the part of the image that it sees, its filter, the sum that it makes.

import { limitOf, pixelsOf } from "./colours.js";
import { element, figure } from "./dom.js";
import { texts } from "./languages.js";
import { inputShape } from "./network.js";
import { receptiveFields } from "./receptive_field.js";
import { drawMaps, drawTiles, tilesOf } from "./tiles.js";
import { partsOf } from "./unit_sum.js";
import { unitWords } from "./words.js";

/** @typedef {import("./tiles.js").Unit} Unit */

const MOST_MAPS = 64;

export class UnitView {
  /**
   * @param {HTMLElement} place
   * @param {import("./network.js").Network} network
   */
  constructor(place, network) {
    this.place = place;
    this.network = network;
  }

  /**
   * @param {number} layer
   * @param {Unit} unit
   * @param {Float32Array} input the image
   * @param {Float32Array[]} outputs of the network
   * @param {import("./plane.js").Picture} picture the image, to be looked at
   */
  show(layer, unit, input, outputs, picture) {
    const { network } = this;
    const { name, shape, steps } = network.layers[layer];
    const taken = layer === 0 ? input : outputs[layer - 1];
    const fields = receptiveFields(network, layer, unit);
    const [, rows = 1, columns = 1] = shape;
    const value = outputs[layer][(unit.map * rows + unit.row) * columns + unit.column];
    const width = Math.max(200, this.place.clientWidth);
    const seen = element("canvas", { role: "img", "aria-label": texts().field_label });
    const [field] = fields;
    const tiles = tilesOf([1, picture.rows, picture.columns], width, { tile: 112, largest: 8 });
    drawTiles(seen, tiles, pixelsOf(picture), [{ map: 0, ...field }]);
    const parts = partsOf(steps, taken, inputShape(network, layer), unit);
    const label = network.classes.length === shape[0] && layer === network.layers.length - 1 ? ` (${network.classes[unit.map]})` : "";
    this.place.replaceChildren(
      element("h3", {}, `${name}, ${unitWords(shape, unit)}${label}`),
      element("p", { class: "value" }, figure(value)),
      element("figure", {}, seen, element("figcaption", {}, fieldWords(field, picture))),
      ...(parts.length ? parts.map((part) => partElement(part, width)) : [element("p", {}, texts().passed_on)]),
    );
  }
}

/**
 * @param {{top: number, bottom: number, left: number, right: number}} field
 * @param {{rows: number, columns: number}} picture
 */
function fieldWords({ top, bottom, left, right }, { rows, columns }) {
  if (bottom - top >= rows && right - left >= columns) return texts().sees_all;
  return texts().sees(top + 1, bottom, left + 1, right);
}

/**
 * @param {import("./unit_sum.js").Part} part
 * @param {number} width
 */
function partElement({ title, text, shape, pictures, value }, width) {
  const heading = element("h4", {}, title, " = ", element("b", {}, figure(value ?? 0)));
  const made = element("div", { class: "part" }, heading);
  const row = element("div", { class: "pictures" });
  if (text) made.append(element("p", {}, text));
  if (!shape || !pictures) return made;
  const few = shape.length === 3 && shape[0] > MOST_MAPS ? [MOST_MAPS, ...shape.slice(1)] : shape;
  for (const { name, values } of pictures) {
    const canvas = element("canvas", { role: "img", "aria-label": name });
    const tiles = tilesOf(few, width, { tile: shape[0] === 1 ? 80 : 30, largest: shape[0] === 1 ? 14 : 7, gap: 3 });
    const shown = values.subarray(0, few.reduce((a, b) => a * b, 1));
    drawMaps(canvas, tiles, shown, limitOf(values));
    row.append(element("figure", {}, canvas, element("figcaption", {}, name)));
  }
  made.append(row);
  return made;
}
