// The page: a picture goes in, and all that the network makes of it is shown.

import { AnswerView } from "./answer_view.js";
import { bytesOf } from "./base64.js";
import { pixelsOf, readPalette } from "./colours.js";
import { ConfusionView } from "./confusion.js";
import { byId, element, percent, times } from "./dom.js";
import { languages, put, texts } from "./languages.js";
import { imageDataOf, canvasOf, pictureOfImage } from "./pictures.js";
import { LayerView, bitmapOf } from "./layer_view.js";
import { pictureOf } from "./fit.js";
import { LearntView } from "./learnt_view.js";
import { networkOf, probabilities, run, scaled } from "./network.js";
import { Pad } from "./pad.js";
import { PictureError } from "./picture_error.js";
import { prepared, withTones } from "./prepare.js";
import { receptiveFields } from "./receptive_field.js";
import { Camera, acceptPictures } from "./sources.js";
import { themes } from "./theme.js";
import { drawTiles, tilesOf } from "./tiles.js";
import { UnitView } from "./unit_view.js";
import { WhyView } from "./why_view.js";

/** @typedef {import("./tiles.js").Unit} Unit */
/** @typedef {import("./prepare.js").Ready} Ready */

const written = JSON.parse(byId("network").textContent);
const network = networkOf(written);
const { sight } = written;
const [channels, rows, columns] = network.shape;
const takesPictures = !written.refusal;

// First of all, for what is made from here on has a language.
languages(byId("language"), speak);

/**
 * What is on the page now: an image, and what the network makes of it.
 * @type {import("./why_view.js").Seen | null}
 */
let seen = null;
/** Whether that is empty paper, of which there is no answer. */
let isEmpty = true;
/** @type {{layer: number, unit: Unit, pinned: boolean} | null} */
let chosen = null;
/** @type {HTMLCanvasElement | null} a picture from outside, until something is drawn over it */
let outside = null;
let frame = 0;

const answer = new AnswerView({ verdict: byId("verdict"), bars: byId("bars") }, network.classes);
const why = new WhyView(network, sight, written.sheet, () => pad.isDrawing || camera.isOn);
const unitView = new UnitView(byId("unit-content"), network);
const confusion = written.confusion && new ConfusionView(written.confusion, network, (image, name, told) => showImage(image, name, told));
const pad = new Pad(byId("pad"), () => {
  if (camera.isOn) stopCamera();
  later(fromPad);
});
const camera = new Camera((picture) => {
  pad.show(picture);
  look(picture);
});
const views = network.layers.map((layer, k) => {
  const isLast = k === network.layers.length - 1;
  const after = network.layers[k + 1]?.steps.find((step) => bitmapOf(step));
  return new LayerView(layer, isLast ? network.classes : null, bitmapOf(after), (unit, pinned) => choose(k, unit, pinned));
});

/**
 * Do something with the next picture of the screen; only the last of what is asked for until then.
 * @param {() => void} task
 */
function later(task) {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(task);
}

/** @param {string | (() => string)} message */
function tell(message) {
  put(byId("told"), message);
}

/** Say what is drawn or computed in another language. */
function speak() {
  document.title = heading();
  later(draw);
  if (chosen?.pinned) put(byId("unit-told"), views[chosen.layer].tell(chosen.unit));
}

function heading() {
  return texts().title(written.about.model, written.about.dataset);
}

/** What there is to be said of the network: at the head, and at the foot. */
function introduce() {
  const { about } = written;
  const facts = () => {
    const say = texts();
    const errors = about.errors.map((/** @type {["test", number]} */ [part, share]) => `${say.error_of[part]} ${percent(share, 2)}`);
    const epoch = about.epoch === null ? [] : [say.at_epoch(about.epoch)];
    return [say.layers(about.layers), say.parameters(about.parameters), say.classes(network.classes.length), ...epoch, ...errors].join(", ");
  };
  put(byId("title"), heading);
  put(byId("lead"), () => texts().lead(facts()));
  put(byId("draw-heading"), () => (sight.digits ? texts().draw_digit : texts().show_picture));
  put(byId("foot"), () => texts().foot(about.version, about.file));
  put(byId("refusal"), () => (takesPictures ? "" : texts().refusal[/** @type {"channels"} */ (written.refusal)](channels)));
}

/** Look at what is on the drawing area. */
function fromPad() {
  outside = null;
  if (!pad.isDrawn && !pad.picture) return forget();
  byId("undo").disabled = !pad.isDrawn;
  show(prepareOrTell(pictureOf(pad.pixels(), channels)));
}

/**
 * Look at a picture from outside.
 * @param {HTMLCanvasElement} picture
 */
function look(picture) {
  outside = picture;
  const context = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d"));
  const pixels = context.getImageData(0, 0, picture.width, picture.height);
  show(prepareOrTell(pictureOf(pixels, channels)));
}

/**
 * @param {import("./plane.js").Picture} picture
 * @returns {Ready[]} none if it is of no use, which is said
 */
function prepareOrTell(picture) {
  try {
    return prepared(withTones(picture, written.tones), sight);
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    const { note } = error;
    tell(() => texts().notes[note]);
    return [];
  }
}

/**
 * Show what was found in a picture; of several digits the first, the others to be chosen.
 * @param {Ready[]} found
 */
function show(found) {
  if (!found.length) return forget(false);
  const buttons = found.length === 1 ? [] : found.map((ready, k) => {
    const canvas = canvasOf(pictureOfImage(ready.image, network.shape), "");
    const button = element("button", { type: "button", "aria-label": () => texts().digit(k + 1), "aria-pressed": String(k === 0) }, canvas);
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      see(ready);
    });
    return button;
  });
  byId("found").replaceChildren(...buttons);
  const { note } = found[0];
  tell(() => (found.length > 1 ? texts().several(found.length) : note && texts().notes[note]));
  see(found[0]);
}

/** @param {Ready} ready */
function see({ image, steps }) {
  const input = scaled(image);
  seen = { image, input, outputs: run(network, input) };
  isEmpty = false;
  showSteps(steps);
  draw();
  why.show(seen);
}

/** See the same image again, by a network that has changed. */
function seeAgain() {
  if (!seen) return;
  seen = { ...seen, outputs: run(network, seen.input) };
  draw();
  why.learn();
  why.show(isEmpty ? null : seen);
}

/** Draw all that depends on the image. */
function draw() {
  if (!seen) return;
  if (isEmpty) answer.clear();
  else answer.show(probabilities(seen.outputs));
  drawInput();
  for (const [k, view] of views.entries()) view.draw(seen.outputs[k]);
  if (chosen) showUnit();
}

/** @param {Ready["steps"]} steps */
function showSteps(steps) {
  byId("steps").replaceChildren(
    ...steps.map(({ name, picture }) => {
      return element("li", {}, element("figure", {}, canvasOf(picture, ""), element("figcaption", {}, () => texts().steps[name])));
    }),
  );
}

function drawInput() {
  if (!seen) return;
  const picture = pictureOfImage(seen.image, network.shape);
  const width = byId("input-maps").clientWidth;
  const tiles = tilesOf([1, rows, columns], width, { tile: 140, largest: 10 });
  const field = chosen && receptiveFields(network, chosen.layer, chosen.unit)[0];
  drawTiles(byId("input-map"), tiles, pixelsOf(picture), field ? [{ map: 0, ...field }] : []);
}

/**
 * Look at one unit: the mouse shows those that it passes, a click or a key keeps one.
 * @param {number} layer
 * @param {Unit | null} unit
 * @param {boolean} pinned
 */
function choose(layer, unit, pinned) {
  if (!seen || (!unit && (!chosen || chosen.pinned)) || (chosen?.pinned && !pinned)) return;
  if (!unit) return;
  const isSame = chosen?.pinned && pinned && chosen.layer === layer && JSON.stringify(chosen.unit) === JSON.stringify(unit);
  chosen = { layer, unit, pinned: pinned && !isSame };
  later(() => {
    mark();
    drawInput();
    showUnit();
    if (pinned) put(byId("unit-told"), views[layer].tell(unit));
  });
}

/** Outline the unit, and what it sees in the layers before. */
function mark() {
  if (!chosen) return views.forEach((view) => view.mark([]));
  const { layer, unit } = chosen;
  const fields = receptiveFields(network, layer, unit);
  const table = network.layers[layer].steps.find((step) => step.connections)?.connections;
  for (const [k, view] of views.entries()) {
    const [maps] = network.layers[k].shape;
    if (k > layer || network.layers[k].shape.length === 1 && k < layer) view.mark([]);
    else if (k === layer) {
      view.mark([{ map: unit.map, top: unit.row, bottom: unit.row + 1, left: unit.column, right: unit.column + 1 }]);
    } else {
      const all = Array.from({ length: maps }, (_, map) => map);
      const isSeen = (/** @type {number} */ map) => k !== layer - 1 || !table || table[unit.map][map];
      const field = fields[k + 1];
      const [, high, wide] = network.layers[k].shape;
      const isWhole = field.bottom - field.top >= high && field.right - field.left >= wide;
      view.mark(isWhole && !table ? [] : all.filter(isSeen).map((map) => ({ map, ...field })));
    }
  }
}

function showUnit() {
  if (!seen || !chosen) return;
  byId("unit").classList.add("open");
  unitView.show(chosen.layer, chosen.unit, seen.input, seen.outputs, pictureOfImage(seen.image, network.shape));
}

function closeUnit() {
  chosen = null;
  byId("unit").classList.remove("open");
  byId("unit-content").replaceChildren(element("p", { class: "hint" }, () => texts().unit_hint));
  mark();
  drawInput();
}

/**
 * Nothing to be seen, as on empty paper.
 * @param {boolean} [isQuiet] whether to say nothing of it
 */
function forget(isQuiet = true) {
  if (isQuiet) tell("");
  byId("undo").disabled = !pad.isDrawn;
  byId("found").replaceChildren();
  byId("steps").replaceChildren();
  // What empty paper would give.
  const image = new Uint8Array(channels * rows * columns);
  const input = scaled(image);
  seen = { image, input, outputs: run(network, input) };
  isEmpty = true;
  draw();
  why.show(null);
}

/** Buttons with images of the data set. */
function addExamples() {
  const { examples } = written;
  byId("examples-part").hidden = examples.length === 0;
  const buttons = examples.map((/** @type {any} */ example) => {
    const image = bytesOf(example.image);
    const picture = pictureOfImage(image, network.shape);
    const isRight = example.label === example.predicted;
    const [truth, taken] = [network.classes[example.label], network.classes[example.predicted]];
    const name = isRight ? truth : () => texts().taken(truth, taken);
    const button = element(
      "button",
      { type: "button", title: name, class: isRight ? "example" : "example wrong" },
      canvasOf(picture, ""),
      element("span", {}, isRight ? truth : `${truth} → ${taken}`),
    );
    button.addEventListener("click", () => showImage(image, "example", isRight ? "" : () => texts().truth(truth)));
    return button;
  });
  byId("examples").append(...buttons);
  return buttons;
}

/**
 * Show an image of the data set, which is not prepared any more.
 * @param {Uint8Array} image
 * @param {import("./confusion.js").StepName} name what it is
 * @param {string | (() => string)} told what to say of it
 */
function showImage(image, name, told) {
  stopCamera();
  const picture = pictureOfImage(image, network.shape);
  const canvas = element("canvas", { width: columns, height: rows });
  canvas.getContext("2d").putImageData(imageDataOf(picture), 0, 0);
  outside = null;
  pad.show(canvas);
  byId("found").replaceChildren();
  tell(told);
  see({ image, steps: [{ name, picture }], note: "" });
}

function stopCamera() {
  camera.stop();
  put(byId("camera"), () => texts().camera);
}

function listen() {
  byId("clear").addEventListener("click", () => {
    stopCamera();
    pad.show(null);
    forget();
  });
  byId("undo").addEventListener("click", () => {
    pad.undo();
    later(fromPad);
  });
  byId("colour").addEventListener("input", () => (pad.colour = byId("colour").value));
  byId("choose").addEventListener("click", () => byId("file").click());
  byId("unit-close").addEventListener("click", closeUnit);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeUnit());
  new ResizeObserver(() => later(draw)).observe(byId("flow"));
  if (!takesPictures) return;
  acceptPictures(
    byId("file"),
    (picture) => {
      stopCamera();
      pad.show(picture);
      look(picture);
    },
    tell,
  );
  byId("camera").hidden = !Camera.isThere;
  byId("camera").addEventListener("click", async () => {
    if (camera.isOn) return stopCamera();
    try {
      if (await camera.start()) put(byId("camera"), () => texts().hold);
    } catch {
      stopCamera();
      tell(() => texts().no_camera);
    }
  });
}

function begin() {
  byId("flow").append(...views.map((view) => view.element));
  byId("input-shape").textContent = times(network.shape);
  pad.paintsOver = !sight.digits; // a digit is written, a photograph is painted over
  byId("colour").hidden = channels !== 3;
  pad.colour = channels === 3 ? byId("colour").value : null;
  byId("pad-frame").inert = byId("draw-tools").hidden = !takesPictures;
  introduce();
  themes(byId("theme"), (isDark, isPaper) => {
    readPalette();
    confusion?.recolour();
    pad.setPaper(isDark ? { light: "#14181d", ink: "#f2f4f6" } : { light: "#fff", ink: "#111" });
    if (isPaper) draw();
    else later(outside === null && pad.isDrawn ? fromPad : draw);
  });
  const buttons = addExamples();
  listen();
  closeUnit();
  if (buttons.length) buttons[0].click();
  else forget();
  if (written.learnt) new LearntView(network, written.learnt, seeAgain);
}

begin();
