// Why the network sees what it sees: heat maps, the smallest change, the nearest training pictures.

import { byId, element, percent } from "./dom.js";
import { put, texts } from "./languages.js";
import { gradCam, mapLayers, usualLayer } from "./grad_cam.js";
import { features, Neighbours } from "./nearest.js";
import { argmax, probabilities } from "./network.js";
import { occlusion } from "./occlusion.js";
import { canvasOf, drawHeat, imagesOfSheet, pictureOfImage } from "./pictures.js";
import { smallestChange } from "./smallest_change.js";

/** Milliseconds of work at a time, so that the page stays alive, and of rest after a change before it begins. */
const [SLICE, REST] = [12, 250];
const NEAREST = 8;

/** @typedef {{image: Uint8Array, input: Float32Array, outputs: Float32Array[]}} Seen */

export class WhyView {
  /**
   * @param {import("./network.js").Network} network
   * @param {{digits: boolean}} sight
   * @param {any} sheet of training pictures, if there is one
   * @param {() => boolean} isBusy whether the image is about to change, as while a stroke is drawn
   */
  constructor(network, sight, sheet, isBusy) {
    this.isBusy = isBusy;
    this.network = network;
    this.sight = sight;
    /** @type {Seen | null} */
    this.seen = null;
    this.turn = 0;
    /** @type {Neighbours | undefined} */
    this.neighbours = undefined;
    /** @type {number[]} of the training pictures */
    this.labels = [];
    this.classChoice = byId("why-class");
    this.classChoice.append(
      element("option", { value: "" }, () => texts().what_it_sees),
      ...network.classes.map((name, k) => element("option", { value: String(k) }, name)),
    );
    this.layerChoice = byId("cam-layer");
    const usual = usualLayer(network);
    for (const k of mapLayers(network)) {
      this.layerChoice.append(element("option", { value: String(k), selected: k === usual }, network.layers[k].name));
    }
    byId("cam").hidden = usual === undefined;
    for (const choice of [this.classChoice, this.layerChoice]) choice.addEventListener("change", () => this.explain());
    byId("near").hidden = !sheet;
    if (sheet) this.read(sheet);
  }

  /** @param {any} sheet */
  async read(sheet) {
    const images = await imagesOfSheet(sheet.source, { ...sheet, shape: this.network.shape });
    this.labels = sheet.labels;
    this.learn(images);
  }

  /** Learn what the network, perhaps another than before, gives for the training pictures, when there is time. */
  learn(images = this.neighbours?.images) {
    if (!images) return;
    const neighbours = new Neighbours(this.network, images);
    this.neighbours = neighbours;
    const more = () => {
      if (neighbours !== this.neighbours) return;
      const end = performance.now() + SLICE;
      let isMore = true;
      while (isMore && performance.now() < end) isMore = neighbours.learnNext();
      if (isMore) setTimeout(more, 8);
      else this.showNearest();
    };
    setTimeout(more, REST);
  }

  /**
   * Explain an image, once it has stayed for a moment.
   * @param {Seen | null} seen
   */
  show(seen) {
    this.seen = seen;
    const turn = ++this.turn;
    byId("why").classList.toggle("waiting", true);
    const begin = () => {
      if (turn !== this.turn) return;
      if (this.isBusy()) setTimeout(begin, REST);
      else this.explain();
    };
    setTimeout(begin, REST);
  }

  explain() {
    const turn = ++this.turn;
    if (!this.seen) return;
    const { network } = this;
    const { image, input, outputs } = this.seen;
    byId("why").classList.toggle("waiting", false);
    const chosen = this.classChoice.value;
    const label = chosen === "" ? argmax(outputs[outputs.length - 1]) : Number(chosen);
    const picture = pictureOfImage(image, network.shape);
    byId("why-name").textContent = network.classes[label];
    if (this.layerChoice.options.length) {
      const layer = Number(this.layerChoice.value);
      drawHeat(byId("cam-map"), picture, gradCam(network, input, outputs, layer, label), network.layers[layer].shape.slice(1));
    }
    this.showNearest();
    this.showChange(picture, chosen === "" ? undefined : label);
    this.hide(turn, picture, label);
  }

  /**
   * @param {number} turn
   * @param {import("./plane.js").Picture} picture
   * @param {number} label
   */
  hide(turn, picture, label) {
    const { network } = this;
    const { input } = /** @type {Seen} */ (this.seen);
    // What hides a part: no ink for digits, else the image's mean.
    const area = input.length / network.shape[0];
    const fill = Array.from({ length: network.shape[0] }, (_, c) => {
      if (this.sight.digits) return 0;
      return input.subarray(c * area, (c + 1) * area).reduce((sum, value) => sum + value, 0) / area;
    });
    const steps = occlusion(network, input, label, fill);
    const canvas = byId("hide-map");
    const more = () => {
      if (turn !== this.turn) return;
      const end = performance.now() + SLICE;
      let step = steps.next();
      while (!step.done && performance.now() < end) {
        const next = steps.next();
        if (next.done) step = { ...step, done: true };
        else step = next;
      }
      if (step.value) drawHeat(canvas, picture, step.value, network.shape.slice(1));
      canvas.toggleAttribute("data-done", Boolean(step.done));
      if (!step.done) setTimeout(more, 0);
    };
    more();
  }

  /**
   * @param {import("./plane.js").Picture} picture
   * @param {number | undefined} target
   */
  showChange(picture, target) {
    const { network } = this;
    const { input } = /** @type {Seen} */ (this.seen);
    const found = smallestChange(network, input, target);
    const place = byId("change-map");
    if (!found) {
      place.replaceChildren();
      put(byId("change-words"), () => texts().no_change);
      return;
    }
    const bytes = Uint8Array.from(found.image, (value) => Math.round(255 * value));
    const difference = found.image.map((value, k) => value - input[k]);
    const heat = element("canvas", { role: "img", "aria-label": () => texts().change_label });
    const area = picture.rows * picture.columns;
    const mean = Float32Array.from({ length: area }, (_, k) => {
      let sum = 0;
      for (let c = 0; c < network.shape[0]; c++) sum += difference[c * area + k];
      return sum / network.shape[0];
    });
    drawHeat(heat, picture, mean, [picture.rows, picture.columns]);
    place.replaceChildren(canvasOf(pictureOfImage(bytes, network.shape), () => texts().changed_label), heat);
    put(byId("change-words"), () => texts().change(percent(found.size), network.classes[found.label]));
  }

  showNearest() {
    if (!this.neighbours || !this.seen) return;
    if (this.neighbours.known.length < this.neighbours.images.length) {
      put(byId("near-words"), () => texts().near_wait);
      return;
    }
    const { network, neighbours } = this;
    const { input, outputs } = this.seen;
    const found = neighbours.nearest(features(network, input, outputs), NEAREST);
    byId("near-list").replaceChildren(
      ...found.map(({ index }) => {
        const name = network.classes[this.labels[index]];
        const canvas = canvasOf(pictureOfImage(neighbours.images[index], network.shape), () => texts().near_label(name));
        return element("li", {}, element("figure", {}, canvas, element("figcaption", { title: name }, name)));
      }),
    );
    const label = argmax(outputs[outputs.length - 1]);
    const same = found.filter(({ index }) => this.labels[index] === label).length;
    const share = probabilities(outputs)[label];
    put(byId("near-words"), () => texts().near_words(same, found.length, network.classes[label], percent(share)));
  }
}
