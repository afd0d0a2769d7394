// The tables of texts in three languages: all have the same entries.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ENGLISH } from "../../../lenet/show/page/english.js";
import { FRENCH } from "../../../lenet/show/page/french.js";
import { GERMAN } from "../../../lenet/show/page/german.js";

/** All entries, those within others by both names. */
function entries(table, before = "") {
  return Object.entries(table).flatMap(([key, value]) => {
    return typeof value === "object" ? entries(value, `${before}${key}.`) : [[before + key, value]];
  });
}

/** The words of a text, given numbers or names that are none. */
function words(value) {
  const said = typeof value === "function" ? value(...Array.from({ length: value.length }, () => 3)) : value;
  assert.equal(typeof said, "string");
  assert.doesNotMatch(said, /undefined|NaN|\[object/);
  return said;
}

for (const [code, table] of [["de", GERMAN], ["fr", FRENCH]]) {
  test(`${code} has all entries of English, in its order, of the same form`, () => {
    const [ours, theirs] = [entries(table), entries(ENGLISH)];
    assert.deepEqual(ours.map(([key]) => key), theirs.map(([key]) => key));
    for (const [k, [key, value]] of ours.entries()) {
      assert.equal(typeof value, typeof theirs[k][1], key);
      assert.equal(value.length === 0, theirs[k][1].length === 0, key);
      assert.ok(words(value).trim(), key);
      if (typeof value === "function") assert.equal(value.length, theirs[k][1].length, key);
    }
  });

  test(`${code} uses each number and name that it is given`, () => {
    for (const [key, value] of entries(table)) {
      if (typeof value !== "function") continue;
      const given = Array.from({ length: value.length }, (_, k) => (k + 11) * 7);
      const said = value(...given);
      for (const number of given) assert.ok(said.includes(String(number)), `${key}: ${said}`);
    }
  });
}

test("sentences end alike in all languages", () => {
  const end = (text) => /[.?:…]?$/.exec(words(text).trim())[0];
  for (const table of [GERMAN, FRENCH]) {
    const ours = new Map(entries(table));
    for (const [key, value] of entries(ENGLISH)) if (key !== "point") assert.equal(end(ours.get(key)), end(value), key);
  }
});
