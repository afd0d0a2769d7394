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

test("one is one in all languages, and in French so is none", () => {
  const said = (table, n) => [table.confused(n, "9"), table.surest(n), table.near_words(n, 9, "7", "8 %")];
  const [english, german, french] = [ENGLISH, GERMAN, FRENCH].map((table) => [0, 1, 2].map((n) => said(table, n)));
  assert.deepEqual(english[1], ["1 image of 9 is taken for something else.", "The one of which it is surest:", "1 of 9 is of 7, which it sees with 8 %."]);
  assert.deepEqual(english[2], ["2 images of 9 are taken for something else.", "The 2 of which it is surest:", "2 of 9 are of 7, which it sees with 8 %."]);
  assert.deepEqual(german[1], ["1 Bild von 9 wird für etwas anderes gehalten.", "Das eine, bei dem es am sichersten ist:", "1 von 9 gehört zur Klasse 7, die es mit 8 % sieht."]);
  assert.deepEqual(german[2], ["2 Bilder von 9 werden für etwas anderes gehalten.", "Die 2, bei denen es am sichersten ist:", "2 von 9 gehören zur Klasse 7, die es mit 8 % sieht."]);
  assert.deepEqual(french[1], ["1 image sur 9 est prise pour autre chose.", "Celle dont il est le plus sûr :", "1 sur 9 est de la classe 7, qu’il voit à 8 %."]);
  assert.deepEqual(french[2], ["2 images sur 9 sont prises pour autre chose.", "Les 2 dont il est le plus sûr :", "2 sur 9 sont de la classe 7, qu’il voit à 8 %."]);
  assert.ok(english[0][0].startsWith("0 images of 9 are") && german[0][0].startsWith("0 Bilder von 9 werden") && french[0][0].startsWith("0 image sur 9 est"));
});
