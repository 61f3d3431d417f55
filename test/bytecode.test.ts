import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { Script } from "node:vm";
import { startFakeAws } from "./support/aws/fake-aws.ts";
import { one, worldOfOne } from "./support/aws/world-of-one.ts";
import { makeHome, program } from "./support/home.ts";

const dist = dirname(program);
const folders = (place: string) =>
  readdirSync(join(place, "bytecode")).map((name) => join(place, "bytecode", name));

/** A copy of the program that a test may change. */
function copy(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-dist-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(dist, join(folder, "dist"), { recursive: true });
  symlinkSync(join(dist, "../node_modules"), join(folder, "node_modules"));
  return join(folder, "dist");
}

test("V8 takes all bytecode of this Node.js, as it starts without options", () => {
  const [folder = "", ...others] = folders(dist);
  assert.deepEqual(others, []);
  const names = readdirSync(folder);
  assert.ok(
    names.some((name) => name.startsWith("program-")),
    names.join(" "),
  );
  for (const name of names) {
    const cachedData = readFileSync(join(folder, name));
    const source = readFileSync(join(dist, "chunks", name), "utf8");
    assert.equal(new Script(source, { filename: name, cachedData }).cachedDataRejected, false, name);
  }
});

/** Bytecode that cannot be used is nothing that anybody notices. */
const states: Readonly<Record<string, (dist: string) => NodeJS.ProcessEnv | undefined>> = {
  "none, as of another Node.js": (place) => {
    rmSync(join(place, "bytecode"), { recursive: true });
    return undefined;
  },
  "of other flags": () => ({ NODE_OPTIONS: "--stack-trace-limit=20" }),
  "of another version": (place) => {
    for (const folder of folders(place)) {
      for (const name of readdirSync(folder)) {
        const bytes = readFileSync(join(folder, name));
        bytes.writeUInt32LE(bytes.readUInt32LE(4) + 1, 4);
        writeFileSync(join(folder, name), bytes);
      }
    }
    return undefined;
  },
  "cut off": (place) => {
    for (const folder of folders(place)) {
      for (const name of readdirSync(folder)) {
        writeFileSync(join(folder, name), readFileSync(join(folder, name)).subarray(0, -100));
      }
    }
    return undefined;
  },
  empty: (place) => {
    for (const folder of folders(place)) {
      for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "");
    }
    return undefined;
  },
};

test("bytecode that is missing or unfit changes nothing that is seen", async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  assert.equal((await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)])).status, 0);
  const calls = [["process", "my-role1"], ["env", "my-role1", "--shell", "bash"], ["--version"]];
  const expected = await Promise.all(calls.map((call) => home.run(call)));
  assert.deepEqual(
    expected.map(({ status, stderr }) => [status, stderr]),
    calls.map(() => [0, ""]),
  );
  for (const [state, change] of Object.entries(states)) {
    const place = copy(t);
    const env = change(place);
    const before = snapshot(place);
    const options = { program: join(place, "aws-as.cjs"), ...(env && { env }) };
    const found = await Promise.all(calls.map((call) => home.run(call, options)));
    assert.deepEqual(found, expected, state);
    // The program writes nothing there.
    assert.deepEqual(snapshot(place), before, state);
  }
});

function snapshot(place: string): string[] {
  return readdirSync(place, { recursive: true, encoding: "utf8" }).sort();
}
