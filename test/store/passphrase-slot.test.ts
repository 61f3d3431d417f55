import assert from "node:assert/strict";
import test from "node:test";
import { chooseCost, measureScrypt, memoryOf } from "../../src/store/file/passphrase-slot.ts";

const mebibyte = 2 ** 20;
const plenty = 64 * 1024 * mebibyte;

for (const [what, millisecondsAt17, memory, log2] of [
  ["this year's machine", 400, plenty, 17],
  ["a fast one", 200, plenty, 18],
  ["one faster than all", 10, plenty, 19],
  ["a slow one", 900, plenty, 16],
  ["a very slow one", 5000, plenty, 16],
  ["a fast one with 1 GiB", 200, 1024 * mebibyte, 18],
  ["a fast one with a little less", 200, 1024 * mebibyte - 1, 17],
  ["a container of 512 MiB", 400, 512 * mebibyte, 17],
  ["a container of 128 MiB", 400, 128 * mebibyte, 16],
  ["no memory to speak of", 400, 0, 16],
] as const) {
  test(`scrypt's cost on ${what}`, () => {
    assert.deepEqual(chooseCost({ millisecondsPerN: millisecondsAt17 / 2 ** 17, memory }), {
      N: 2 ** log2,
      r: 8,
      p: 1,
    });
  });
}

test("one try takes 64 to 512 MiB", () => {
  assert.equal(memoryOf({ N: 2 ** 16, r: 8 }), 64 * mebibyte);
  assert.equal(memoryOf({ N: 2 ** 19, r: 8 }), 512 * mebibyte);
});

test("scrypt is measured by running it", async () => {
  const times = [0, 70, 100, 150];
  const perN = await measureScrypt(() => times.shift() ?? 0);
  assert.equal(perN, 50 / 2 ** 15);
});
