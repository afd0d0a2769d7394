// The confusion matrix: what images are taken for, and pictures of those that are taken for something else.

import { colours } from "./colours.js";
import { byId, element } from "./dom.js";
import { put, texts } from "./languages.js";
import { canvasOf, imagesOfSheet, pictureOfImage } from "./pictures.js";

/** Classes of which there is a table; of more, a list of the commonest mistakes. */
const MOST_CLASSES = 20;
const MOST_LISTED = 40;
/** Share of the full colour that a cell has at most, so that its number stays readable. */
const STRONGEST = 0.4;

/** @typedef {keyof typeof import("./english.js").ENGLISH.steps} StepName */
/** @typedef {{truth: number, taken: number, count: number, pictures: number[]}} Cell */

export class ConfusionView {
  /**
   * @param {any} written what Python has written of it
   * @param {{classes: string[], shape: number[]}} network
   * @param {(image: Uint8Array, name: StepName, told: () => string) => void} onPicture
   */
  constructor(written, { classes, shape }, onPicture) {
    byId("confusion").hidden = false;
    this.classes = classes;
    this.shape = shape;
    this.onPicture = onPicture;
    this.part = written.part;
    this.sheet = written.sheet;
    /** @type {Promise<Uint8Array[]> | undefined} */
    this.images = undefined;
    /** @type {Cell | undefined} */
    this.opened = undefined;
    /** @type {Cell[]} */
    this.cells = written.cells.map((/** @type {any[]} */ [truth, taken, count, pictures]) => ({ truth, taken, count, pictures }));
    this.wrong = this.cells.filter(({ truth, taken }) => truth !== taken).sort((a, b) => b.count - a.count);
    /** @type {{place: HTMLElement, cell: Cell}[]} with a colour of their own */
    this.coloured = [];
    const [all, wrong] = [this.cells, this.wrong].map((cells) => cells.reduce((sum, { count }) => sum + count, 0));
    put(byId("confusion-heading"), () => texts().confusion[/** @type {"test"} */ (written.part)]);
    put(byId("confusion-words"), () => {
      const say = texts();
      return [say.confused(wrong, say.grouped(all)), ...(wrong ? [say.choose_number] : [])].join(" ");
    });
    const isTable = classes.length <= MOST_CLASSES;
    byId("confusion-cells").append(...(isTable ? [this.table()] : this.list()));
    byId("confusion-opened").hidden = !wrong;
  }

  /**
   * The name of a cell.
   * @param {Cell} cell
   */
  nameOf({ truth, taken, count }) {
    return texts().cell(this.classes[truth], this.classes[taken], texts().images(count));
  }

  /**
   * @param {Cell} cell
   * @param {string} text
   */
  buttonOf(cell, text) {
    const button = element("button", { type: "button", "aria-label": () => this.nameOf(cell), title: () => this.nameOf(cell), "aria-pressed": "false" }, text);
    button.addEventListener("click", () => {
      for (const other of byId("confusion-cells").querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      this.open(cell);
    });
    this.coloured.push({ place: button, cell });
    return button;
  }

  /** All cells; rows are the classes, columns what they are taken for. */
  table() {
    const { classes } = this;
    const known = new Map(this.cells.map((cell) => [cell.truth * classes.length + cell.taken, cell]));
    const heads = classes.map((name) => element("th", { scope: "col", title: name }, element("span", {}, name)));
    const rows = classes.map((name, truth) => {
      const cells = classes.map((_, taken) => {
        const cell = known.get(truth * classes.length + taken);
        if (!cell) return element("td", {});
        if (truth !== taken) return element("td", {}, this.buttonOf(cell, String(cell.count)));
        const place = element("td", { class: "right" }, String(cell.count));
        this.coloured.push({ place, cell });
        return place;
      });
      return element("tr", {}, element("th", { scope: "row", title: name }, element("span", {}, name)), ...cells);
    });
    const corner = element("td", { class: "corner" }, () => texts().corner);
    return element(
      "table",
      { class: Math.max(...classes.map(({ length }) => length)) > 2 ? "matrix long" : "matrix" },
      element("thead", {}, element("tr", {}, corner, ...heads)),
      element("tbody", {}, ...rows),
    );
  }

  /** The commonest mistakes. */
  list() {
    const listed = this.wrong.slice(0, MOST_LISTED);
    const items = listed.map((cell) => {
      const text = `${this.classes[cell.truth]} → ${this.classes[cell.taken]}`;
      const button = this.buttonOf(cell, text);
      button.append(" ", element("b", {}, String(cell.count)));
      return element("li", {}, button);
    });
    const more = this.wrong.length - listed.length;
    const note = more ? [element("p", { class: "hint" }, () => texts().commonest(listed.length, texts().grouped(this.wrong.length)))] : [];
    return [...note, element("ol", { class: "mistakes" }, ...items)];
  }

  /** Colour the cells as the theme has it: the more images, the stronger. */
  recolour() {
    const { zero, above, below } = colours();
    const most = this.wrong[0]?.count ?? 1;
    const ofClass = new Map();
    for (const { truth, count } of this.cells) ofClass.set(truth, (ofClass.get(truth) ?? 0) + count);
    for (const { place, cell } of this.coloured) {
      const isRight = cell.truth === cell.taken;
      const share = STRONGEST * (isRight ? cell.count / ofClass.get(cell.truth) : Math.sqrt(cell.count / most));
      const full = isRight ? below : above;
      place.style.backgroundColor = `rgb(${zero.map((value, c) => Math.round(value + (full[c] - value) * share)).join(", ")})`;
    }
  }

  /**
   * Show the pictures of a cell.
   * @param {Cell} cell
   */
  async open(cell) {
    const { classes, shape } = this;
    const here = cell.pictures.length;
    put(byId("confusion-name"), () => this.nameOf(cell));
    put(byId("confusion-note"), () => (here === 0 ? texts().not_here : here < cell.count ? texts().surest(here) : ""));
    this.opened = cell;
    this.images ??= this.sheet ? imagesOfSheet(this.sheet.source, { ...this.sheet, shape }) : Promise.resolve([]);
    const images = await this.images;
    if (this.opened !== cell) return;
    const [truth, taken] = [classes[cell.truth], classes[cell.taken]];
    const buttons = cell.pictures.map((index, k) => {
      const picture = pictureOfImage(images[index], shape);
      const button = element("button", { type: "button", "aria-label": () => texts().mistaken(k + 1, truth, taken) }, canvasOf(picture, ""));
      button.addEventListener("click", () => this.onPicture(images[index], this.part, () => texts().truth(truth)));
      return button;
    });
    byId("confusion-pictures").replaceChildren(...buttons);
  }
}
