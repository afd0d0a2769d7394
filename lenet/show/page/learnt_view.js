// How it learnt: a slider that makes the network what it was after an epoch, and the curves of its training.

import { Curves } from "./curves.js";
import { byId, element, percent } from "./dom.js";
import { epochsOf } from "./epochs.js";
import { put, texts } from "./languages.js";

/** Milliseconds for an epoch, while they go by. */
const BEAT = 900;
/** @type {("training" | "validation")[]} */
const KINDS = ["training", "validation"];

/**
 * An error in percent, of which small ones have a digit more.
 * @param {number} share
 */
function errorText(share) {
  return percent(share, share < 0.01 ? 2 : 1);
}

export class LearntView {
  /**
   * @param {import("./network.js").Network} network which changes in place
   * @param {any} learnt what Python has written of its epochs
   * @param {() => void} onChange called once the network is another
   */
  constructor(network, learnt, onChange) {
    byId("learnt").hidden = false;
    this.network = network;
    this.learnt = learnt;
    this.onChange = onChange;
    this.own = network.numbers.slice();
    this.epochs = [...(learnt.epochs ?? []), learnt.own].sort((a, b) => a - b);
    this.last = this.epochs.indexOf(learnt.own);
    /** Place of the epoch among those that there are. */
    this.place = this.last;
    /** @type {number | undefined} of the next step, while they go by */
    this.timer = undefined;
    this.slider = byId("epoch");
    /** @type {import("./epochs.js").Epochs | undefined} until they are unpacked */
    this.known = undefined;
    this.curves = this.drawCurves();
    const isKept = this.epochs.length > 1;
    byId("learnt-tools").hidden = byId("epoch-marks").hidden = !isKept;
    put(byId("learnt-note"), () => this.note());
    if (isKept) this.begin();
  }

  /** What there is to be said of the epochs. */
  note() {
    const { epochs, kept } = this.learnt;
    if (kept === undefined) return texts().not_kept;
    if (!epochs.length) return kept ? texts().no_room(kept + 1) : "";
    const some = epochs.length < kept ? [texts().some_epochs(kept + 1, epochs.length + 1)] : [];
    return [texts().kept_in_8_bits(this.learnt.own), ...some].join(" ");
  }

  async begin() {
    const { slider } = this;
    slider.max = String(this.epochs.length - 1);
    byId("epoch-marks").replaceChildren(...this.epochs.map((epoch) => element("span", {}, String(epoch))));
    for (const id of ["epoch-back", "epoch-return"]) put(byId(id), () => texts().back(this.learnt.own));
    this.tell();
    this.known = await epochsOf(this.learnt);
    slider.disabled = byId("epoch-play").disabled = false;
    slider.addEventListener("input", () => {
      this.stop();
      this.show(Number(slider.value));
    });
    byId("epoch-play").addEventListener("click", () => (this.timer === undefined ? this.play() : this.stop()));
    for (const id of ["epoch-back", "epoch-return"]) {
      byId(id).addEventListener("click", () => {
        this.stop();
        this.show(this.last);
        slider.focus();
      });
    }
  }

  /** Put the curves on the page, with a marker at its own epoch. */
  drawCurves() {
    const { curves, total } = this.learnt;
    const inPercent = (/** @type {(number | null)[]} */ values) => values.map((value) => (value === null ? null : 100 * value));
    const onEpoch = this.epochs.length > 1 ? (/** @type {number} */ epoch) => this.showNearest(epoch) : undefined;
    const of = (/** @type {(number | null)[][]} */ both) => both.map((values, k) => ({ values, name: () => texts()[KINDS[k]], kind: KINDS[k] }));
    const drawn = [
      new Curves(() => texts().cost, curves.epoch, total, of([curves.cost, curves.validation_cost]), { onEpoch }),
      new Curves(() => texts().error, curves.epoch, total, of([inPercent(curves.training_error), inPercent(curves.validation_error)]), {
        log: true, unit: " %", onEpoch,
      }),
    ];
    for (const [k, id] of ["cost-curves", "error-curves"].entries()) byId(id).append(drawn[k].element);
    for (const curve of drawn) curve.mark(this.learnt.own);
    return drawn;
  }

  /** @param {number} wanted epoch */
  showNearest(wanted) {
    if (!this.known) return;
    const away = this.epochs.map((epoch) => Math.abs(epoch - wanted));
    this.stop();
    this.show(away.indexOf(Math.min(...away)));
  }

  /**
   * Make the network what it was after an epoch.
   * @param {number} place among those that there are
   */
  show(place) {
    if (place === this.place) return;
    this.place = place;
    this.slider.value = String(place);
    const isOwn = place === this.last;
    // Those of the page's own network are not among what was packed.
    this.network.numbers.set(isOwn ? this.own : /** @type {any} */ (this.known).numbersAt(place - Number(place > this.last)));
    this.tell();
    this.onChange();
  }

  /** Say where one is. */
  tell() {
    const { slider, learnt } = this;
    const epoch = this.epochs[this.place];
    const isOwn = this.place === this.last;
    slider.value = String(this.place);
    const error = learnt.curves.validation_error[learnt.curves.epoch.indexOf(epoch)] ?? null;
    const further = () => (epoch === 0 ? [texts().untrained] : error === null ? [] : [`${texts().error_of.validation} ${errorText(error)}`]);
    const text = () => [texts().epoch_of(epoch, learnt.total), ...further()].join(", ");
    put(slider, text, "aria-valuetext");
    put(byId("epoch-name"), text);
    byId("epoch-back").disabled = isOwn;
    byId("epoch-sign").hidden = isOwn;
    put(byId("epoch-sign-name"), () => texts().in_8_bits(epoch, learnt.total));
    put(byId("answer-epoch"), () => (isOwn ? "" : texts().seen_at(epoch)));
    for (const [k, mark] of [...byId("epoch-marks").children].entries()) mark.classList.toggle("now", k === this.place);
    for (const curve of this.curves) curve.mark(epoch);
  }

  /** Let the epochs go by, from here or from the first one, to the last. */
  play() {
    const end = this.epochs.length - 1;
    put(byId("epoch-play"), () => texts().stop);
    if (this.place === end) this.show(0);
    const step = () => {
      this.show(this.place + 1);
      if (this.place === end) this.stop();
      else this.timer = setTimeout(step, BEAT);
    };
    this.timer = setTimeout(step, BEAT);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
    put(byId("epoch-play"), () => texts().play);
  }
}
