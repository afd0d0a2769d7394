// One layer on the page: its maps, live, and which unit of them is looked at.

import { colours, limitOf, painted } from "./colours.js";
import { ConnectionTable } from "./connection_table.js";
import { element, figure, fixed, times } from "./dom.js";
import { texts } from "./languages.js";
import { cornerOf, drawMaps, drawTiles, tilesOf, unitAt } from "./tiles.js";
import { layerWords, unitWords } from "./words.js";

/** @typedef {import("./tiles.js").Unit} Unit */
/** @typedef {import("./tiles.js").Region} Region */

/**
 * The picture that a code of the RBF layer is, if it is one.
 * @param {any} step
 * @returns {number[] | undefined} rows and columns
 */
export function bitmapOf(step) {
  return step?.kind === "distances" ? step.bitmap : undefined;
}

export class LayerView {
  /**
   * @param {import("./network.js").Layer} layer
   * @param {string[] | null} captions below the maps, as the classes below the last layer's units
   * @param {number[] | undefined} bitmap rows and columns as which units without a place are shown
   * @param {(unit: Unit | null, pinned: boolean) => void} onUnit
   */
  constructor(layer, captions, bitmap, onUnit) {
    this.layer = layer;
    this.captions = captions;
    this.onUnit = onUnit;
    this.codes = layer.steps.find((step) => bitmapOf(step));
    this.shape = bitmap && layer.shape.length === 1 ? [1, ...bitmap] : layer.shape;
    /** @type {HTMLCanvasElement} */
    this.canvas = element("canvas", {
      tabIndex: 0,
      role: "application",
      "aria-roledescription": () => texts().maps,
      "aria-label": () => texts().maps_keys(layer.name, times(layer.shape)),
    });
    this.area = element("div", { class: "maps" }, this.canvas);
    this.element = element(
      "section",
      { class: "layer", "aria-label": () => texts().layer(layer.name) },
      element("h3", {}, layer.name, " ", element("span", { class: "shape" }, times(layer.shape))),
      element("p", { class: "words" }, () => layerWords(layer)),
      this.area,
    );
    const connections = layer.steps.find((step) => step.connections)?.connections;
    this.table = connections ? new ConnectionTable(connections) : null;
    if (this.table) this.element.append(this.table.element);
    this.tiles = tilesOf(this.shape, 1);
    /** @type {Unit | null} where the keys are */
    this.place = null;
    /** @type {Region[]} */
    this.marks = [];
    this.width = 0;
    this.listen();
  }

  listen() {
    const { canvas } = this;
    const under = (/** @type {PointerEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      return unitAt(this.tiles, event.clientX - box.left, event.clientY - box.top);
    };
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") this.onUnit(this.unitOf(under(event)), false);
    });
    canvas.addEventListener("pointerleave", () => this.onUnit(null, false));
    canvas.addEventListener("click", (event) => {
      const unit = under(/** @type {PointerEvent} */ (event));
      if (unit) this.onUnit(this.unitOf(unit), true);
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /**
   * A unit as the layer has it: those shown as a bitmap have no place.
   * @param {Unit | null} unit
   */
  unitOf(unit) {
    if (!unit || this.layer.shape.length > 1) return unit;
    const map = this.shape.length === 1 ? unit.map : unit.row * this.shape[2] + unit.column;
    return { map, row: 0, column: 0 };
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const [maps, rows = 1, columns = 1] = this.shape;
    const flat = rows * columns === 1;
    /** @type {Record<string, number[]>} */
    const moves = flat
      ? { ArrowLeft: [-1, 0, 0], ArrowRight: [1, 0, 0], ArrowUp: [-this.tiles.across, 0, 0], ArrowDown: [this.tiles.across, 0, 0] }
      : { ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1], ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0] };
    const move = { ...moves, PageUp: [-1, 0, 0], PageDown: [1, 0, 0], Home: [-maps, 0, 0], Enter: [0, 0, 0] }[event.key];
    if (!move) return;
    event.preventDefault();
    const kept = (/** @type {number} */ value, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, value));
    const now = this.place ?? { map: 0, row: 0, column: 0 };
    this.place = { map: kept(now.map + move[0], maps), row: kept(now.row + move[1], rows), column: kept(now.column + move[2], columns) };
    this.onUnit(this.unitOf(this.place), true);
  }

  /** Lay the maps out in the room that there is. */
  arrange() {
    const width = this.area.clientWidth;
    if (!width || width === this.width) return;
    this.width = width;
    const bitmap = this.shape !== this.layer.shape;
    const shape = this.codes ? [this.shape[0], ...this.codes.bitmap] : this.shape;
    const options = this.captions ? { under: this.codes ? 34 : 18, gap: this.codes ? 10 : 6, tile: 66 } : {};
    if (this.codes) {
      // All in one line, if that leaves them large enough.
      const fitting = Math.floor(((width + 10) / shape[0] - 10) / shape[2]);
      this.tiles = tilesOf(shape, width, { ...options, tile: 84, largest: Math.max(4, fitting) });
    } else if (bitmap) this.tiles = tilesOf(shape, width, { tile: 168 });
    else if (shape.length === 1 && this.captions) this.tiles = tilesOf(shape, width, { ...options, tile: 44, largest: 44 });
    else this.tiles = tilesOf(shape, width, options);
    this.place = null;
  }

  /**
   * @param {Float32Array} values that the layer gives
   */
  draw(values) {
    this.values = values;
    this.arrange();
    if (!this.width) return;
    this.table?.draw(this.marks.length === 1 ? this.marks[0].map : undefined);
    if (this.codes) return this.drawCodes(values);
    const context = drawMaps(this.canvas, this.tiles, values, limitOf(values), this.ownMarks());
    if (this.captions) this.drawCaptions(context, this.captions);
  }

  /** Regions to be outlined, where units are shown as a bitmap or not. */
  ownMarks() {
    if (this.shape === this.layer.shape) return this.marks;
    const { columns } = this.tiles;
    return this.marks.map(({ map }) => {
      const [row, column] = [Math.floor(map / columns), map % columns];
      return { map: 0, top: row, bottom: row + 1, left: column, right: column + 1 };
    });
  }

  /**
   * The codes of the classes, the nearest of them strongest.
   * @param {Float32Array} values
   */
  drawCodes(values) {
    const { codes, shape } = this.codes;
    const length = codes.length / shape[0];
    const best = Math.max(...values);
    const strength = Float32Array.from(codes, (value, k) => (value > 0 ? 0.25 + 0.75 * Math.exp((values[Math.floor(k / length)] - best) / 20) : 0));
    const marks = this.marks.map(({ map }) => ({ map, top: 0, bottom: this.tiles.rows, left: 0, right: this.tiles.columns }));
    const context = drawTiles(this.canvas, this.tiles, painted(strength, 1), marks);
    this.drawCaptions(context, Array.from(this.captions ?? [], (name) => name), Array.from(values, (value) => fixed(-value, 1)));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {string[]} captions
   * @param {string[]} [second] a line below
   */
  drawCaptions(context, captions, second = []) {
    const { tiles } = this;
    const room = tiles.columns * tiles.scale + tiles.gap - 2;
    context.fillStyle = colours().text;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.font = "12px system-ui, sans-serif";
    for (const [k, name] of captions.entries()) {
      const { x, y } = cornerOf(tiles, k);
      const [middle, below] = [x + (tiles.columns * tiles.scale) / 2, y + tiles.rows * tiles.scale + 4];
      const short = name.length * 7 > room ? `${name.slice(0, Math.max(1, Math.floor(room / 7) - 1))}…` : name;
      context.fillText(short, middle, below, room);
      if (second[k]) context.fillText(second[k], middle, below + 15, room);
    }
  }

  /**
   * Outline regions; `draw` shows them.
   * @param {Region[]} marks
   */
  mark(marks) {
    this.marks = marks;
    if (this.values) this.draw(this.values);
  }

  /** @param {Unit} unit */
  valueOf({ map, row, column }) {
    const [, rows = 1, columns = 1] = this.layer.shape;
    return this.values ? this.values[(map * rows + row) * columns + column] : 0;
  }

  /** @param {Unit} unit */
  tell(unit) {
    return `${this.layer.name}, ${unitWords(this.layer.shape, unit)}: ${figure(this.valueOf(unit))}`;
  }
}
