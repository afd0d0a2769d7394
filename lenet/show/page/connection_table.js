// The table of partial connections: which maps each map of a layer sees, as in Table I of LeCun et al. (1998).

import { colours } from "./colours.js";
import { element, sizedContext } from "./dom.js";
import { texts } from "./languages.js";

const [CELL, LABEL] = [17, 20];

export class ConnectionTable {
  /** @param {number[][]} connections of each map: 1 for what it sees */
  constructor(connections) {
    this.connections = connections;
    const seen = connections.map((row) => row.flatMap((sees, c) => (sees ? [c + 1] : [])).join(", "));
    const words = () => texts().table(seen.map((maps, map) => texts().table_row(map + 1, maps)).join("; "));
    this.canvas = element("canvas", { role: "img", "aria-label": words });
    this.element = element(
      "figure",
      { class: "connections" },
      this.canvas,
      element("figcaption", {}, () => texts().table_words),
    );
  }

  /** @param {number} [chosen] the map whose column is emphasised */
  draw(chosen) {
    const { connections } = this;
    const [maps, channels] = [connections.length, connections[0].length];
    const context = sizedContext(this.canvas, LABEL + maps * CELL, LABEL + channels * CELL);
    const { text, soft, mark } = colours();
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    const middle = (/** @type {number} */ k) => LABEL + (k + 0.5) * CELL;
    for (let map = 0; map < maps; map++) {
      context.fillStyle = map === chosen ? mark : soft;
      context.fillText(String(map + 1), middle(map), LABEL / 2);
      for (let channel = 0; channel < channels; channel++) {
        const sees = connections[map][channel];
        context.fillStyle = map === chosen ? mark : sees ? text : soft;
        context.globalAlpha = sees ? 1 : 0.35;
        context.beginPath();
        context.arc(middle(map), middle(channel), sees ? 5 : 1.5, 0, 2 * Math.PI);
        context.fill();
        context.globalAlpha = 1;
      }
    }
    context.fillStyle = soft;
    for (let channel = 0; channel < channels; channel++) context.fillText(String(channel + 1), LABEL / 2, middle(channel));
  }
}
