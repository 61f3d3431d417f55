import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";
import { passStore } from "../../src/store/pass/pass.ts";
import { systemClock } from "../../src/system/clock.ts";
import { ended } from "../support/home.ts";
import { withoutLong } from "../support/long.ts";
import { passwordStore, withoutPass } from "../support/password-store.ts";

const child = resolve(import.meta.dirname, "pass-child.js");
const size = withoutLong() ? 24 : 100;

test("many processes that write, read and list at once lose and tear nothing", {
  skip: withoutPass(),
}, async (t) => {
  const room = passwordStore({ passphrase: "correct horse", git: true, algorithm: "rsa2048" });
  t.after(() => room.remove());
  const folder = join(room.path, "pass-index");
  const names = Array.from({ length: size }, (_, number) => `${number % 4 === 0 ? "key" : "role"} ${number}`);
  const runs = await Promise.all(
    names.map((name, number) =>
      ended(
        spawn(process.execPath, [child, "crowd", folder, name, String(number)], { env: room.environment }),
      ),
    ),
  );
  for (const [number, { status, stdout, stderr }] of runs.entries()) {
    assert.deepEqual([status, stdout, stderr], [0, "[true,true,true]", ""], `${number}`);
  }
  const { environment, path: home } = room;
  const store = passStore({ folder, environment, home, userId: process.getuid?.(), clock: systemClock });
  const listed = (await store.list()).map((item) => item.name);
  assert.deepEqual(listed.sort(), ["shared", ...names].sort());
  // gpg-agent runs out of locked memory when as many want to open RSA keys at once.
  // Each of them waits for Ctrl-C.
  process.setMaxListeners(1000);
  const readers = names.map(() =>
    passStore({ folder, environment, home, userId: process.getuid?.(), clock: systemClock }),
  );
  const texts = await Promise.all(readers.map((reader, number) => reader.read(names[number] ?? "")));
  for (const [number, text] of texts.entries()) assert.equal(JSON.parse(text ?? "{}").of, String(number));
  const left = readdirSync(join(room.store, "aws-as"), { recursive: true, encoding: "utf8" });
  assert.deepEqual(
    left.filter((name) => /\.new-|\.tmp$/.test(name)),
    [],
  );
  // Every fourth is a key, and has its commit.
  assert.equal(room.git("log", "--format=%s", "--", "aws-as").trim().split("\n").length, size / 4);
  assert.equal(room.git("status", "--porcelain"), "");
});
