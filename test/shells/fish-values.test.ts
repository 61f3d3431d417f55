import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import fc from "fast-check";
import type { Change, Memory } from "../../src/emit/change.ts";
import { fish } from "../../src/emit/fish.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-fish-"));
for (const name of ["begin", "end", "A1=", "x;touch pwned"]) writeFileSync(join(folder, name), "");
after(() => rmSync(folder, { recursive: true }));

/** No lone surrogates, which are no text, and no NUL, which is refused. */
const values = [
  ...hostileValues,
  ...fc.sample(fc.string({ unit: "binary", maxLength: 20 }), { seed: 5, numRuns: 100 }),
  ...fc.sample(
    fc.string({ unit: fc.constantFrom(..."$`'\"\\ \n\r\t!*?[]{}~#;&|<>()=%^,a1"), maxLength: 12 }),
    {
      seed: 5,
      numRuns: 100,
    },
  ),
].filter((value) => !/\0|\p{Cs}/u.test(value));

function run(script: string, code: string, env: Record<string, string> = {}, flags = ["--no-config"]) {
  const all = { PATH: "/usr/bin:/bin", HOME: folder, LC_ALL: "C.UTF-8", CODE: code, ...env };
  const options = { cwd: folder, env: all, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync("fish", [...flags, "-c", script], options);
  const entries = stdout.split("\0").map((entry) => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)] as const;
  });
  return { status, stdout, stderr, variables: new Map(entries) };
}

const ways = [
  "eval (printf %s $CODE)",
  "eval $(printf %s $CODE)",
  'eval "$(printf %s $CODE)"',
  "printf %s $CODE | source",
];
for (const way of ways) {
  test(`fish, ${way}: every hostile value arrives byte for byte`, (t) => {
    if (!installed("fish", t)) return;
    const code = fish.render(values.map((value, at) => ({ kind: "set", name: `A${at}`, value })));
    const { stderr, variables } = run(`${way}; env -0`, code);
    assert.equal(stderr, "");
    for (const [at, value] of values.entries()) assert.equal(variables.get(`A${at}`), value);
    assert.ok(!existsSync(join(folder, "pwned")));
  });

  test(`fish, ${way}: a failure is a status that is not 0, and no change at all is none`, (t) => {
    if (!installed("fish", t)) return;
    assert.equal(run(`${way}; and exit 0; exit 3`, fish.failure).status, 3);
    assert.equal(run(`${way}; and exit 0; exit 3`, fish.render([])).status, 0);
  });
}

test("fish: code that was cut off runs nothing", (t) => {
  if (!installed("fish", t)) return;
  const whole = fish.render([
    { kind: "set", name: "A", value: "1" },
    { kind: "set", name: "B", value: "2" },
  ]);
  for (let length = 1; length < whole.trimEnd().length - 1; length++) {
    const { variables } = run("eval (printf %s $CODE); env -0", whole.slice(0, length));
    assert.deepEqual([variables.get("A"), variables.get("B")], [undefined, undefined], `${length} bytes`);
  }
});

test("fish: what is kept comes back byte for byte, and no program sees it meanwhile", (t) => {
  if (!installed("fish", t)) return;
  const names = values.map((_, at) => `A${at}`);
  const env = Object.fromEntries(values.map((value, at) => [`A${at}`, value]));
  const code = (changes: (Change | Memory)[]) =>
    `eval '${fish.renderForFunctions?.(changes).replaceAll("'", "\\'")}'`;
  const keep = code(
    names.flatMap((name) => [
      { kind: "keep", name },
      { kind: "unset", name },
    ]),
  );
  const restore = code(names.map((name) => ({ kind: "restore", name })));
  const meanwhile = run(`${keep}; env -0`, "", env);
  assert.deepEqual(
    [meanwhile.stderr, [...meanwhile.variables.keys()].filter((name) => /A\d/.test(name))],
    ["", []],
  );
  const { stderr, variables } = run(
    `${keep}; ${restore}; env -0; set -n | string match '__aws_as*'`,
    "",
    env,
  );
  assert.equal(stderr, "");
  for (const [at, value] of values.entries()) assert.equal(variables.get(`A${at}`), value);
});

test("fish: an exported universal variable cannot be hidden, stays as it is, and gets no copy", (t) => {
  if (!installed("fish", t)) return;
  const take = fish.renderForFunctions?.([
    { kind: "keep", name: "AWS_PROFILE" },
    { kind: "unset", name: "AWS_PROFILE" },
  ]);
  const give = fish.renderForFunctions?.([{ kind: "restore", name: "AWS_PROFILE" }]);
  const show = "printenv AWS_PROFILE; set -qg AWS_PROFILE; or echo universal";
  const script = `set -Ux AWS_PROFILE mine; ${take}; ${show}; ${give}; ${show}; set -e -U AWS_PROFILE`;
  // Without its configuration fish has no universal variables.
  const { stdout, stderr } = run(script, "", {}, []);
  assert.deepEqual([stdout, stderr], ["mine\nuniversal\nmine\nuniversal\n", ""]);
});
