import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileStore } from "../src/store/file/file.ts";
import { systemClock } from "../src/system/clock.ts";
import { startFakeAws } from "../test/support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../test/support/aws/world-of-one.ts";
import { type Home, makeHome, program } from "../test/support/home.ts";
import { startKeyring } from "../test/support/keyring.ts";
import { startSshAgent } from "../test/support/ssh-agent.ts";

/**
 * Times what people wait for, as ratios to `node -e 0` of the same round: machines differ, ratios less. Each round runs
 * all rows once, in turn, so that a slow moment falls on all alike; the middle of the rounds' ratios is shown.
 *
 * A variable such as NODE_EXTRA_CA_CERTS doubles the time of `node -e 0`, and so halves what everything else seems to
 * cost. So the environment is built from nothing, and where the caller's has such variables, a second column shows
 * the ratios with them.
 *
 * `npm run bench -- ROUNDS` sets the number of rounds; with `--check`, a row over its budget is exit status 1.
 */
const words = process.argv.slice(2);
const rounds = Number(words.find((word) => /^\d+$/.test(word)) ?? 20);

interface Row {
  readonly name: string;
  /** The ratio that the design allows; absent: shown for comparison. */
  readonly budget?: number;
  readonly args: readonly string[];
  readonly home: Home;
  /** Run before each round, outside the time. */
  readonly prepare?: readonly string[];
}

/** Milliseconds from start to end. Not spawnSync: the fake AWS lives in this process, and has to answer. */
async function timed(args: readonly string[], env: Record<string, string>): Promise<number> {
  const start = process.hrtime.bigint();
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stdout.resume();
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  const [status] = await once(child, "exit");
  const end = process.hrtime.bigint();
  if (status !== 0) throw new Error(`${args.join(" ")} failed: ${complaint}`);
  return Number(end - start) / 1e6;
}

const middle = (numbers: number[]) =>
  numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function measure(rows: readonly Row[], extra: Record<string, string>) {
  const base: number[] = [];
  const ratios = new Map(rows.map((row) => [row, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    const node = await timed(["-e", "0"], { ...rows[0]?.home.env, ...extra });
    base.push(node);
    for (const row of rows) {
      if (row.prepare) await timed(row.prepare, row.home.env);
      ratios.get(row)?.push((await timed(row.args, { ...row.home.env, ...extra })) / node);
    }
  }
  return { base: middle(base), ratios: new Map([...ratios].map(([row, list]) => [row, middle(list)])) };
}

const fake = await startFakeAws({ world: worldOfOne() });
const keyring = await startKeyring();
const agent = await startSshAgent();
const homes: Home[] = [];

/** A home whose file store a key in the ssh-agent opens. */
async function homeWithAgent(): Promise<Home> {
  const home = await homeWith(false);
  Object.assign(home.env, { SSH_AUTH_SOCK: agent.socket });
  delete home.env["AWS_AS_PASSPHRASE"];
  agent.add("-q", agent.makeKey("key"));
  const store = fileStore({
    folder: `${home.path}/.aws/aws-as/store`,
    userId: process.getuid?.(),
    clock: systemClock,
    passphrase: () => Promise.reject(new Error("the key opens it")),
    agent: { socket: agent.socket, platform: process.platform },
  });
  await store.unlocking.add({ kind: "ssh-agent" });
  return home;
}

async function homeWith(keychain: boolean, config?: string): Promise<Home> {
  const noFile = { AWS_AS_STORE: undefined, AWS_AS_PASSPHRASE: undefined };
  const home = makeHome({
    url: fake.url,
    ...(config === undefined ? {} : { config }),
    env: keychain ? { ...keyring.environment, ...noFile } : {},
  });
  home.env["HOME"] = home.path;
  homes.push(home);
  return home;
}

try {
  const keychain = await homeWith(true);
  const file = await homeWith(false);
  const byAgent = await homeWithAgent();
  const withoutDevice = awsFilesOfOne().config.replaceAll(/mfa_serial = .*/g, "mfa_serial = none");
  const first = await homeWith(true, withoutDevice);
  first.env["AWS_AS_DIR"] = `${first.path}/first`;
  for (const home of [keychain, file, byAgent]) {
    const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
    if (login.status !== 0) throw new Error(login.stderr);
  }
  const keytar = JSON.stringify(new URL(import.meta.resolve("keytar")).pathname);
  const bare = `require(${keytar}).getPassword("aws-as", "none")`;
  const row = (name: string, home: Home, budget: number, ...args: string[]): Row => ({
    name,
    home,
    budget,
    args: [program, ...args],
  });
  const rows: Row[] = [
    row("process, a hit in the keychain", keychain, 1.6, "process", "my-role1"),
    row("env, a hit in the keychain", keychain, 1.6, "env", "my-role1"),
    row("env for a shell that is named", keychain, 1.6, "env", "my-role1", "--shell", "bash"),
    row("switch, as the shell functions call it", keychain, 1.6, "switch", "fish", "my-role1"),
    row("status", keychain, 1.6, "status"),
    { name: "  for comparison: one read by keytar, and nothing else", args: ["-e", bare], home: keychain },
    {
      ...row("process, first use: two STS calls, keychain written", first, 3.5, "process", "partner"),
      prepare: [program, "logout", "--all"],
    },
    row("process, a hit in the file store, opened by the ssh-agent", byAgent, 1.6, "process", "my-role1"),
    {
      name: "process, a hit in the file store, opened by a passphrase",
      args: [program, "process", "my-role1"],
      home: file,
    },
    row("aws-as -s, the shell functions", keychain, 1.6, "-s"),
    {
      ...row("aws-as-activate -s, the same", keychain, 1.6),
      args: [program.replace("aws-as.cjs", "aws-as-activate.cjs"), "-s"],
    },
    row("complete, as the TAB key calls it", keychain, 1.6, "complete", "fish", "aws-as", "my"),
    row("--version", keychain, 1.6, "--version"),
  ];

  const clean = await measure(rows, {});
  const names = ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"].filter((name) => process.env[name]);
  const extra = Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""]));
  const here = names.length > 0 ? await measure(rows, extra) : undefined;

  const print = (text: string) => process.stdout.write(`${text}\n`);
  print(`ratios to node -e 0, the middle of ${rounds} rounds`);
  print(`  clean: node -e 0 takes ${clean.base.toFixed(1)} ms`);
  if (here) print(`  here:  node -e 0 takes ${here.base.toFixed(1)} ms, with ${names.join(" and ")}`);
  let isOver = false;
  print(`\n  clean ${here ? "   here " : ""} budget`);
  for (const row of rows) {
    const ratios = [clean, here].flatMap((column) => (column ? [column.ratios.get(row) ?? Number.NaN] : []));
    const budget = row.budget === undefined ? "" : String(row.budget);
    const over = ratios.some((ratio) => ratio > (row.budget ?? Number.POSITIVE_INFINITY));
    isOver ||= over;
    print(
      `${ratios.map((ratio) => ratio.toFixed(3).padStart(7)).join(" ")} ${budget.padStart(6)}  ${row.name}${over ? "  OVER" : ""}`,
    );
  }
  if (isOver && words.includes("--check")) process.exitCode = 1;
} finally {
  for (const home of homes) home.remove();
  await keyring.stop();
  await agent.stop();
  await fake.close();
}
