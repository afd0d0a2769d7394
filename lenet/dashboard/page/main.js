// The page of a run in progress: it asks for the run's state, and shows it.

import { readPalette } from "../../show/page/colours.js";
import { byId, element } from "../../show/page/dom.js";
import { themes } from "../../show/page/theme.js";
import { showAnswers } from "./answers.js";
import { Chart } from "./chart.js";
import { drawFilters, filterWords } from "./filters_view.js";
import { follow } from "./polling.js";
import { secondsLeft, timeWords } from "./time_left.js";

const MOST_MISTAKES = 20;
const WORDS = {
  preparing: "Reading the images.",
  compiling: "Building and compiling the network.",
  training: "Training.",
  validating: "Looking at the validation images.",
  reporting: "Writing the report.",
  over: "Over.",
};

const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(2)} %`;
const both = (/** @type {string} */ name) => [
  { name: "training", column: `training_${name}`, kind: "training" },
  { name: "validation", column: `validation_${name}`, kind: "validation" },
];
const charts = [
  new Chart(byId("error-chart"), { title: "Error in %, logarithmic", series: both("error"), isLog: true, isTall: true, text: (value) => `${value.toFixed(2)} %` }),
  new Chart(byId("cost-chart"), {
    ...{ title: "Cost", isTall: true, text: (/** @type {number} */ value) => value.toFixed(4) },
    series: [{ name: "training", column: "cost", kind: "training" }, { name: "validation", column: "validation_cost", kind: "validation" }],
  }),
  new Chart(byId("rate-chart"), { title: "Learning rate", series: [{ name: "", column: "learning_rate", kind: "single" }], fromZero: true, text: (value) => String(Number(value.toPrecision(3))) }),
  new Chart(byId("speed-chart"), { title: "Images a second, in training", series: [{ name: "", column: "images_per_second", kind: "single" }], fromZero: true, text: (value) => Math.round(value).toLocaleString("en") }),
];

/** @type {any} the last snapshot */
let run = null;
/** What the status says: one sentence for an epoch. */
let told = "";
/** Whether nobody has answered for a while. */
let isAlone = false;
const FOOT = byId("foot").textContent;
/** What is said of mistakes before the first epoch. */
const NOT_YET = byId("mistakes-words").textContent;

/** @param {string} text */
function tell(text) {
  if (text === told) return;
  told = text;
  byId("told").textContent = text;
}

/** @param {import("./polling.js").State} state */
function show({ now, snapshot }) {
  if (snapshot) run = snapshot;
  if (isAlone) {
    isAlone = false;
    byId("foot").textContent = FOOT;
    tell("");
    if (run) showRun();
  } else if (snapshot) showRun();
  showPlace(now);
}

function showRun() {
  const name = run.fold ? `${run.title}, ${run.fold}` : run.title;
  byId("title").textContent = name;
  const epochs = { ...run.epochs };
  for (const part of ["training_error", "validation_error"]) {
    epochs[part] = epochs[part].map((/** @type {number | null} */ share) => (share === null ? null : 100 * share));
  }
  for (const chart of charts) chart.show(epochs, run.best, run.nepochs);
  showBest();
  showNumbers();
  const followed = run.followed.map((/** @type {any} */ image, /** @type {number} */ k) => ({ ...image, answer: run.answers?.[k] }));
  showAnswers(byId("followed"), followed, run.classes, followed.length);
  showAnswers(byId("mistakes"), run.mistakes?.first ?? [], run.classes, MOST_MISTAKES);
  const count = run.mistakes?.count.toLocaleString("en");
  byId("mistakes-words").textContent = run.mistakes ? `${count} of ${run.images.toLocaleString("en")} validation images are wrong now.` : NOT_YET;
  byId("filters-part").hidden = !run.filters;
  if (run.filters) byId("filters-words").textContent = filterWords(run.filters);
  showFilters();
  byId("settings").replaceChildren(...pairs(run.settings));
  byId("earlier-part").hidden = !run.earlier.length;
  byId("earlier").replaceChildren(...pairs(run.earlier.map((/** @type {any} */ each) => [each.name, each.best || each.words])));
  showEnd(run.ended ? (run.ended.is_good ? "good" : "bad") : "");
  const { folder, names } = run.files;
  byId("files").textContent = run.ended?.is_good ? `${names.join(", ")} and more are in ${folder}` : `Its files are in ${folder}`;
  const last = run.epochs.epoch.length;
  if (run.ended) return tell(`${run.ended.words} ${run.ended.best}`);
  if (!last) return tell("");
  const isBest = run.best === last ? ", the best so far" : "";
  tell(`Epoch ${last} of ${run.nepochs}: validation error ${percentOf(run.epochs.validation_error[last - 1])}${isBest}.`);
}

/** @param {number | null} share */
function percentOf(share) {
  return share === null || share === undefined ? "–" : percent(share);
}

/** @param {string[][]} rows */
function pairs(rows) {
  return rows.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]);
}

function showBest() {
  byId("best").textContent = percentOf(null);
  byId("best-words").textContent = "";
  if (run.best === null) return;  // also of a fold that has just begun
  const { validation_error: valid, test_error: test } = run.epochs;
  const share = test[run.best - 1];
  byId("best").textContent = percentOf(valid[run.best - 1]);
  byId("best-words").textContent = `epoch ${run.best}${share === null ? "" : `, test error ${percent(share)}`}`;
}

function showNumbers() {
  const { epoch, cost, training_error: training, validation_cost: validCost, validation_error: valid, test_error: test, learning_rate: rate, seconds } = run.epochs;
  const number = (/** @type {number | null} */ value, digits = 4) => (value === null ? "–" : value.toFixed(digits));
  const heading = ["epoch", "cost", "validation cost", "training error", "validation error", "test error", "learning rate", "seconds"];
  const rows = epoch.map((/** @type {number} */ k, /** @type {number} */ place) => {
    const cells = [number(cost[place]), number(validCost[place]), percentOf(training[place]), percentOf(valid[place]), percentOf(test[place]), String(Number(rate[place].toPrecision(4))), number(seconds[place], 1)];
    return element("tr", { class: k === run.best ? "best" : "" }, element("th", { scope: "row" }, String(k)), ...cells.map((cell) => element("td", {}, cell)));
  });
  byId("numbers").replaceChildren(
    element("thead", {}, element("tr", {}, ...heading.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows.reverse()),
  );
}

function showFilters() {
  if (run?.filters) drawFilters(byId("filters"), run.filters, byId("filters-part").clientWidth - 32);
}

/** @param {any} now */
function showPlace(now) {
  const phase = /** @type {keyof typeof WORDS} */ (now.phase);
  if (!run) {
    byId("lead").textContent = WORDS[phase];
    return;
  }
  const done = run.epochs.epoch.length;
  const epoch = Math.max(done, now.epoch);
  byId("lead").textContent = run.ended && phase !== "reporting" ? "The run is over." : WORDS[phase];
  byId("epoch").textContent = `${epoch} / ${run.nepochs}`;
  byId("epoch-words").textContent = `${done} done`;
  byId("step").textContent = now.steps ? `${now.step} / ${now.steps}` : "–";
  byId("step-words").textContent = now.steps && !run.ended ? `for ${timeWords(now.seconds)}` : "";
  const begun = now.epoch > done && now.steps ? now.step / now.steps : 0;
  byId("bar").value = Math.min(1, (done + begun) / run.nepochs);
  const isOver = run.ended || phase === "reporting" || phase === "over";
  const left = isOver ? 0 : secondsLeft(run.epochs.seconds, now, run.nepochs);
  byId("left").textContent = left === null ? "–" : timeWords(left);
  const each = run.epochs.seconds[done - 1];
  byId("left-words").textContent = each === null || each === undefined ? "" : `${timeWords(each)} an epoch`;
  document.title = `${epoch}/${run.nepochs} · ${run.title}`;
}

/** @param {"good" | "bad" | ""} kind of an end, if it has come */
function showEnd(kind) {
  for (const name of ["good", "bad"]) byId("progress").classList.toggle(name, name === kind);
}

/** Nobody answers: what is shown stays, until somebody does again. */
function gone() {
  isAlone = true;
  const words = "No answer: the program has ended, or the connection to it is broken.";
  byId("foot").textContent = `${words} What is shown is the last that it said.`;
  if (run?.ended) return;
  byId("lead").textContent = words;
  showEnd("bad");
  tell(words);
}

/**
 * @param {number} seen
 * @returns {Promise<import("./polling.js").State>}
 */
async function ask(seen) {
  const address = `${location.pathname.replace(/\/$/, "")}/state.json?seen=${seen}`;
  const response = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(15000) });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

function over() {
  byId("foot").textContent = "The run is over, and this page is served no more; it stays as it is until it is closed.";
}

themes(byId("theme"), () => {
  readPalette();
  showFilters();
});
new ResizeObserver(showFilters).observe(byId("filters-part"));
follow(
  ask,
  {
    state: (state) => {
      show(state);
      if (state.now.phase === "over") over();
    },
    gone,
  },
  (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  () => performance.now(),
);
