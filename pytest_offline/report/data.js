"use strict";
// The index is read at once, a test's block only when the test is opened.

const index = JSON.parse(document.getElementById("index").textContent);

const whenWhole = new Promise((resolve) => {
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", resolve);
  else resolve();
});

/** The text of a data block; this script runs before they have all been parsed. */
async function blockOf(id) {
  const there = document.getElementById(id);
  // The last block found may be cut off still: it is whole once something follows it.
  if (there === null || there.nextElementSibling === null) await whenWhole;
  const found = document.getElementById(id);
  return found === null ? null : found.textContent;
}

async function inflated(text) {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser is too old to unpack the data of a test (it has no DecompressionStream).");
  }
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** Everything about the test of that number. */
async function detailOf(number) {
  const text = await blockOf(`test-${number}`);
  if (text === null) throw new Error("The data of this test is missing: the file was cut short. Run the tests again.");
  return inflated(text);
}

/** The address of a picture, or null for one that was left out. */
async function pictureOf(id) {
  const text = await blockOf(`picture-${id}`);
  return text === null ? null : `data:image/jpeg;base64,${text}`;
}
