import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import fc from "fast-check";
import { dialect as fish } from "../../src/emit/fish/shell.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { valuesFor } from "../support/shells/scripts.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-fish-"));
for (const name of ["A=", "a", "{", "set", "x y", "-n"]) writeFileSync(join(folder, name), "");
after(() => rmSync(folder, { recursive: true }));

const generated = fc.sample(
  fc.string({
    unit: fc.oneof(
      fc.constantFrom(..."\\'\"$(){}[]*?~#;&|<>^%!\n\r\t\u001b -aé😀"),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
    maxLength: 20,
  }),
  { numRuns: 200, seed: 1 },
);
const values = [...hostileValues, ...generated].map((value) => value.replaceAll("\0", ""));
/** The numbers of their files. */
const numbersOf = (some: readonly string[]) =>
  some.map((value) => values.indexOf(value.replaceAll("\0", ""))).join(" ");

const ways = {
  "eval (…)": "eval (cat $file)",
  "eval $(…)": "eval $(cat $file)",
  'eval "$(…)"': 'eval "$(cat $file)"',
  "… | source": "cat $file | source",
};

/** What a script prints in a fish of its own. */
function run(script: string, variables: Readonly<Record<string, string>> = {}) {
  return spawnSync("fish", ["--no-config", "-c", script], {
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", HOME: folder, LC_ALL: "C.UTF-8", ...variables },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
}

for (const [set, [way, code]] of Object.entries(ways).entries()) {
  test(`fish, ${way}: every hostile value arrives byte for byte`, (context) => {
    if (!installed("fish", context)) return;
    values.forEach((value, at) => {
      writeFileSync(join(folder, `code-${at}`), fish.render([{ kind: "set", name: "A", value }]));
    });
    const each = `set -l file code-$at; set -e A; ${code}; or echo failed >&2; builtin printf '%s\\0' $A; test (count $A) = 1; or echo list >&2`;
    const those = valuesFor(set, Object.keys(ways).length, generated);
    const { stdout, stderr } = run(`for at in ${numbersOf(those)}; ${each}; end`);
    assert.equal(stderr, "");
    assert.deepEqual(
      stdout.split("\0").slice(0, -1),
      those.map((value) => value.replaceAll("\0", "")),
    );
    // Programs get it too.
    assert.equal(run(`set file code-1; ${code}; printenv A`).stdout, `${values[1]}\n`);
  });

  test(`fish, ${way}: a failure is a status of 1, no change at all a success`, (context) => {
    if (!installed("fish", context)) return;
    writeFileSync(join(folder, "failure"), fish.failure);
    writeFileSync(join(folder, "nothing"), fish.render([]));
    const { stdout, stderr } = run(
      `set file failure; ${code}; echo $status; set file nothing; ${code}; echo $status`,
    );
    assert.deepEqual({ stdout, stderr }, { stdout: "1\n0\n", stderr: "" });
  });

  test(`fish, ${way}: a change is a success, whatever was before it`, (context) => {
    if (!installed("fish", context)) return;
    const changes = [
      { kind: "set", name: "A", value: "1" },
      { kind: "unset", name: "NEVER_SET" },
    ] as const;
    writeFileSync(join(folder, "set"), fish.render(changes.slice(0, 1)));
    writeFileSync(join(folder, "unset"), fish.render(changes));
    const { stdout } = run(
      `set file set; false; ${code}; echo $status; set file unset; ${code}; echo $status`,
    );
    assert.equal(stdout, "0\n0\n");
  });

  test(`fish, ${way}: code that was cut off runs nothing`, (context) => {
    if (!installed("fish", context)) return;
    const whole = fish.render([
      { kind: "set", name: "A", value: "it's" },
      { kind: "unset", name: "B" },
      { kind: "set", name: "C", value: "2" },
    ]);
    const end = whole.lastIndexOf("end");
    for (let length = 1; length < end; length++) {
      writeFileSync(join(folder, `cut-${length}`), whole.slice(0, length));
    }
    const each = `set -l file cut-$at; ${code} 2> /dev/null; test "$A$B$C" = before; or echo $at`;
    const { stdout } = run(`for at in (seq 1 ${end - 1}); ${each}; end`, { B: "before" });
    assert.equal(stdout, "");
  });
}

test("fish: what is kept comes back byte for byte, and nothing is left of it", (context) => {
  if (!installed("fish", context)) return;
  const render = fish.renderForFunctions;
  assert.ok(render);
  const write = (name: string, code: string) => writeFileSync(join(folder, name), code);
  write(
    "keep",
    render([
      { kind: "keep", name: "A" },
      { kind: "set", name: "A", value: "ours" },
    ]),
  );
  write("restore", render([{ kind: "restore", name: "A" }]));
  write("forget", render([{ kind: "forget", name: "A" }]));
  values.forEach((value, at) => {
    write(`own-${at}`, fish.render([{ kind: "set", name: "A", value }]));
  });
  const each = [
    "eval (cat own-$at); eval $keep",
    'test "$A" = ours; or echo "not set" >&2',
    "eval $restore; builtin printf '%s\\0' $A",
    "eval $keep; eval $forget",
    'test "$A" = ours; or echo "not ours" >&2',
    "set -n | string match -r '^__aws_as.*' >&2",
  ].join("; ");
  const read = "set keep (cat keep); set restore (cat restore); set forget (cat forget)";
  const { stdout, stderr } = run(`${read}; for at in (seq 0 ${values.length - 1}); ${each}; end`);
  assert.equal(stderr, "");
  assert.deepEqual(stdout.split("\0").slice(0, -1), values);
});
