import { spawnSync } from "node:child_process";
import { startFakeAws } from "../test/support/aws/fake-aws.ts";
import { one, worldOfOne } from "../test/support/aws/world-of-one.ts";
import { makeHome, program } from "../test/support/home.ts";
import { startKeyring } from "../test/support/keyring.ts";

/**
 * Times what people wait for, as ratios to `node -e 0` of the same round: machines differ, ratios hardly do.
 * Each round runs all rows once, in turn, so that a slow moment falls on all of them alike; the middle of the
 * rounds' ratios is shown.
 */
const rounds = Number(process.argv[2] ?? 20);

interface Row {
  readonly name: string;
  /** The ratio that the design allows; absent: shown for comparison. */
  readonly budget?: number;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  /** Before each run, outside the time. */
  readonly prepare?: () => void | Promise<void>;
}

function milliseconds({ args, env }: Pick<Row, "args" | "env">): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  const end = process.hrtime.bigint();
  if (status !== 0) throw new Error(`${args.join(" ")} failed: ${stderr}`);
  return Number(end - start) / 1e6;
}

const middle = (numbers: number[]) =>
  numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const fake = await startFakeAws({ world: worldOfOne() });
const keyring = await startKeyring();
const onKeychain = makeHome({
  url: fake.url,
  env: { ...keyring.environment, HOME: undefined, AWS_AS_STORE: undefined, AWS_AS_PASSPHRASE: undefined },
});
const inFile = makeHome({ url: fake.url });
try {
  for (const home of [onKeychain, inFile]) {
    home.env["HOME"] = home.path;
    const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
    if (login.status !== 0) throw new Error(login.stderr);
  }
  const bare = `require(${JSON.stringify(require_("keytar"))}).getPassword("aws-as", "none").then(() => 0)`;
  const rows: Row[] = [
    {
      name: "process, a hit in the keychain",
      budget: 1.15,
      args: [program, "process", "my-role1"],
      env: onKeychain.env,
    },
    {
      name: "env, a hit in the keychain",
      budget: 1.15,
      args: [program, "env", "my-role1"],
      env: onKeychain.env,
    },
    { name: "keytar alone: one read, nothing else", args: ["-e", bare], env: onKeychain.env },
    {
      name: "process, a hit in the file store (with scrypt)",
      args: [program, "process", "my-role1"],
      env: inFile.env,
    },
    {
      name: "an unknown name (nothing but start and config)",
      args: [program, "status"],
      env: onKeychain.env,
    },
  ];
  const base: number[] = [];
  const ratios = new Map(rows.map((row) => [row, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    const node = milliseconds({ args: ["-e", "0"], env: onKeychain.env });
    base.push(node);
    for (const row of rows) {
      await row.prepare?.();
      ratios.get(row)?.push(milliseconds(row) / node);
    }
  }
  process.stdout.write(`node -e 0: ${middle(base).toFixed(1)} ms, middle of ${rounds} rounds\n\n`);
  for (const [row, list] of ratios) {
    const ratio = middle(list);
    const verdict =
      row.budget === undefined ? "" : ratio <= row.budget ? `  within ${row.budget}` : `  OVER ${row.budget}`;
    process.stdout.write(`${ratio.toFixed(3).padStart(7)}  ${row.name}${verdict}\n`);
  }
} finally {
  onKeychain.remove();
  inFile.remove();
  await keyring.stop();
  await fake.close();
}

function require_(name: string): string {
  return new URL(import.meta.resolve(name)).pathname;
}
