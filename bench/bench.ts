import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileStore } from "../src/store/file/file.ts";
import { systemClock } from "../src/system/clock.ts";
import { startFakeAws } from "../test/support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../test/support/aws/world-of-one.ts";
import { type Home, makeHome, program } from "../test/support/home.ts";
import { startKeyring } from "../test/support/keyring.ts";
import { startSshAgent } from "../test/support/ssh-agent.ts";

/**
 * Times what people wait for, as whole processes and as ratios to `node -e 0` of the same round: machines differ, ratios less.
 * Each round runs all rows once, in turn, so that a slow moment falls on all alike; the middle of the rounds counts.
 *
 * A variable such as NODE_EXTRA_CA_CERTS doubles the time of `node -e 0`, and so halves what everything else seems to
 * cost. So the environment is built from nothing.
 *
 * `npm run bench -- ROUNDS` sets the number of rounds; words choose rows. With `--check`, docs/performance.md is written, and a
 * row whose processor time is over its budget is exit status 1.
 */
const words = process.argv.slice(2);
const isCheck = words.includes("--check");
const rounds = Number(words.find((word) => /^\d+$/.test(word)) ?? 20);
const wanted = words.filter((word) => !/^(\d+|--check)$/.test(word));

/** What a call may cost, as a ratio to `node -e 0`. */
const budgets = {
  "process, a hit in the keychain": 1.6,
  "process, a hit in the file store, opened by the ssh-agent": 1.6,
  env: 1.6,
  "env --shell bash": 1.6,
  "a switch, as the shell functions call it": 1.6,
  "exec NAME -- true": 1.8,
  status: 1.6,
  "list, 60 identities": 2.2,
  "process, first use: two STS calls, keychain written": 3.5,
  "-s, the shell functions": 1.6,
  "aws-as-activate -s, the same": 1.6,
  "complete, as the TAB key calls it": 1.6,
  "--version": 1.6,
} as const;

interface Row {
  /** A key of the budgets, or something to compare with. */
  readonly name: string;
  readonly home: Home;
  readonly command: readonly string[];
  /** Run before each round, outside the time. */
  readonly prepare?: readonly string[];
}

interface Time {
  readonly wall: number;
  readonly cpu: number;
}

/** Times commands, one at a time. The fake AWS lives in this process, and has to answer meanwhile. */
function stopwatch() {
  const child = spawn("python3", ["bench/stopwatch.py"], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    time: async (command: readonly string[], env: Readonly<Record<string, string>>): Promise<Time> => {
      child.stdin.write(`${JSON.stringify([command, env])}\n`);
      const { status, wall, cpu } = JSON.parse((await lines.next()).value ?? "{}");
      if (status !== 0) throw new Error(`${command.join(" ")} failed: ${status}`);
      return { wall: wall * 1000, cpu: cpu * 1000 };
    },
    stop: () => child.stdin.end(),
  };
}

/** The value below which this share of them lies. */
function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

const fake = await startFakeAws({ world: worldOfOne() });
const keyring = await startKeyring();
const agent = await startSshAgent();
const watch = stopwatch();
const homes: Home[] = [];

/** A home whose file store a key in the ssh-agent opens. */
async function homeWithAgent(): Promise<Home> {
  const home = homeWith(false, undefined, true);
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

function homeWith(keychain: boolean, config?: string, newStore = false): Home {
  const noFile = { AWS_AS_STORE: undefined, AWS_AS_PASSPHRASE: undefined };
  const home = makeHome({
    url: fake.url,
    newStore,
    ...(config === undefined ? {} : { config }),
    env: keychain ? { ...keyring.environment, ...noFile } : {},
  });
  home.env["HOME"] = home.path;
  homes.push(home);
  return home;
}

const node = process.execPath;
const awsAs = (...args: string[]) => [node, program, ...args];

/** A role whose session lies in the cache that aws-cli and botocore share, where this machine has them. */
function otherPrograms(): Row[] {
  const config = `${awsFilesOfOne().config}\n[profile cached]\nrole_arn = ${one.role1}\nsource_profile = my-user1\n`;
  const home = homeWith(false, config);
  const name = createHash("sha1").update(`{"RoleArn": "${one.role1}"}`).digest("hex");
  const folder = join(home.path, ".aws/cli/cache");
  mkdirSync(folder, { recursive: true });
  const Expiration = "2099-01-01T00:00:00Z";
  const Credentials = { AccessKeyId: "ASIAFAKE", SecretAccessKey: "fake", SessionToken: "fake", Expiration };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ Credentials }));
  const botocore = `import os, botocore.session, botocore.credentials
session = botocore.session.Session(profile="cached")
provider = session.get_component("credential_provider").get_provider("assume-role")
provider.cache = botocore.credentials.JSONFileCache(os.path.expanduser("~/.aws/cli/cache"))
assert session.get_credentials().get_frozen_credentials().access_key == "ASIAFAKE"`;
  const rows = [
    {
      name: "aws-cli: aws configure export-credentials, a hit in its cache",
      command: ["aws", "configure", "export-credentials", "--profile", "cached"],
    },
    { name: "botocore, a hit in its cache", command: ["python3", "-c", botocore] },
    { name: "aws-vault: --version", command: ["aws-vault", "--version"] },
    { name: "granted: --version", command: ["granted", "--version"] },
  ];
  return rows.flatMap(({ name, command: [first = "", ...rest] }) => {
    for (const place of [...(process.env["PATH"] ?? "").split(":"), "/usr/bin"]) {
      const path = join(place, first);
      if (spawnSync(path, rest, { env: home.env }).status === 0) {
        return [{ name, home, command: [path, ...rest] }];
      }
    }
    return [];
  });
}

async function rowsOf(): Promise<readonly Row[]> {
  const keychain = homeWith(true);
  const file = homeWith(false);
  const byAgent = await homeWithAgent();
  const withoutDevice = awsFilesOfOne().config.replaceAll(/mfa_serial = .*/g, "mfa_serial = none");
  const first = homeWith(true, withoutDevice);
  first.env["AWS_AS_DIR"] = `${first.path}/first`;
  const roles = Array.from({ length: 60 }, (_, number) => {
    const lines = ["role_arn = arn:aws:iam::111111111111:role/r", "source_profile = my-user1"];
    return [`[profile role-${number}]`, ...lines, ""].join("\n");
  });
  const many = homeWith(true, `${awsFilesOfOne().config}\n${roles.join("\n")}`);
  for (const home of [keychain, file, byAgent]) {
    const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
    if (login.status !== 0) throw new Error(login.stderr);
  }
  const row = (name: keyof typeof budgets, home: Home, ...args: string[]): Row => ({
    name,
    home,
    command: awsAs(...args),
  });
  const activate = program.replace("aws-as.cjs", "aws-as-activate.cjs");
  return [
    row("process, a hit in the keychain", keychain, "process", "my-role1"),
    row("process, a hit in the file store, opened by the ssh-agent", byAgent, "process", "my-role1"),
    {
      name: "process, a hit in the file store, opened by a passphrase (scrypt at the tests' low cost)",
      home: file,
      command: awsAs("process", "my-role1"),
    },
    row("env", keychain, "env", "my-role1"),
    row("env --shell bash", keychain, "env", "my-role1", "--shell", "bash"),
    row("a switch, as the shell functions call it", keychain, "switch", "fish", "my-role1"),
    row("exec NAME -- true", keychain, "exec", "my-role1", "--", "true"),
    row("status", keychain, "status"),
    row("list, 60 identities", many, "list"),
    {
      ...row("process, first use: two STS calls, keychain written", first, "process", "partner"),
      prepare: awsAs("logout", "--all"),
    },
    row("-s, the shell functions", keychain, "-s"),
    { ...row("aws-as-activate -s, the same", keychain), command: [node, activate, "-s"] },
    row("complete, as the TAB key calls it", keychain, "complete", "fish", "aws-as", "my"),
    row("--version", keychain, "--version"),
    ...otherPrograms(),
  ];
}

interface Result {
  readonly name: string;
  readonly budget: number | undefined;
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
  /** Ratios to `node -e 0` of the same round. */
  readonly wallRatio: readonly number[];
  readonly cpuRatio: readonly number[];
}

async function measure(rows: readonly Row[]): Promise<Result[]> {
  const base: Time[] = [];
  const times = rows.map((): Time[] => []);
  const env = rows[0]?.home.env ?? {};
  for (let round = 0; round < rounds; round += 1) {
    base.push(await watch.time([node, "-e", "0"], env));
    for (const [at, { command, home, prepare }] of rows.entries()) {
      if (prepare) await watch.time(prepare, home.env);
      times[at]?.push(await watch.time(command, home.env));
    }
  }
  const result = (name: string, list: readonly Time[], budget?: number): Result => {
    const ratio = (part: keyof Time) => list.map((time, at) => time[part] / (base[at]?.[part] ?? Number.NaN));
    const [wall, cpu] = [list.map((time) => time.wall), list.map((time) => time.cpu)];
    return { name, budget, wall, cpu, wallRatio: ratio("wall"), cpuRatio: ratio("cpu") };
  };
  const named: Readonly<Record<string, number>> = budgets;
  return [
    result("node -e 0", base),
    ...rows.map(({ name }, at) => result(name, times[at] ?? [], named[name])),
  ];
}

/** Median, and between which values half of all lie. */
function cell(values: readonly number[], digits: number): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share).toFixed(digits));
  return `${middle} (${low} to ${high})`;
}

const isOver = ({ budget, cpuRatio }: Result) =>
  quantile(cpuRatio, 0.5) > (budget ?? Number.POSITIVE_INFINITY);

function table(results: readonly Result[]): string {
  const cells = results.map((result) => [
    result.name,
    cell(result.wall, 0),
    cell(result.cpu, 0),
    quantile(result.wallRatio, 0.5).toFixed(2),
    cell(result.cpuRatio, 2),
    `${result.budget ?? ""}${isOver(result) ? " **missed**" : ""}`,
  ]);
  const head = ["call", "wall ms", "processor ms", "wall ×", "processor ×", "budget"];
  const all = [head, head.map(() => "-"), ...cells];
  const widths = head.map((_, at) => Math.max(...all.map((line) => line[at]?.length ?? 0)));
  return all
    .map((line) => {
      const isRule = line[0] === "-";
      const padded = line.map((text, at) =>
        isRule ? "-".repeat(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0),
      );
      return `| ${padded.join(" | ")} |\n`;
    })
    .join("");
}

const page = (results: readonly Result[]) => `# Performance

Written by \`npm run bench -- --check\`: whole processes, in turn, ${rounds} rounds, in an environment of nothing but what the call needs. × is the
ratio to \`node -e 0\` of the same round; each cell is the median, and in brackets between which values half of the rounds lie. Budgets are of
processor time, which other work on the machine disturbs least. AWS is a fake on loopback, the keychain a gnome-keyring.

${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model.trim()}.

${table(results)}
What makes a hit fast: [one file of bytecode](decisions/0015-code-cache.md), [chunks](decisions/0002-commonjs-chunks.md), and no verb that loads another's code.

\`exec NAME -- COMMAND\` costs a job one start of the program: with Node.js 22.15 and later, and in the stand-alone executable, aws-as becomes the
command, which then has the memory of the command alone; an older Node.js stays beside it.
\`exec --renew\` and \`serve\` answer a request in 0.03 to 0.09 ms of processor time over kept connections (10,000 requests, 64 at a time, \`AWS_AS_TEST_LONG=1\`
in test/e2e/exec-renew and test/e2e/serve). The median answer took 3.8 ms on the socket and 4.5 ms on the port with both tests on two
cores, the client included; 20 ms at a load of twenty. Memory grows to some 100 MB in the first 100,000 requests, which is Node.js's heap, and stays there (240,000 measured); open files stay as many as they were.
A connection of its own for each request, as most SDKs make it, is Node.js's to open and close: 0.25 to 0.3 ms in all.
`;

try {
  const all = await rowsOf();
  const rows = all.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  const results = await measure(rows);
  process.stdout.write(table(results));
  if (isCheck) {
    writeFileSync("docs/performance.md", page(results));
    if (results.some(isOver)) process.exitCode = 1;
  }
} finally {
  watch.stop();
  for (const home of homes) home.remove();
  await keyring.stop();
  await agent.stop();
  await fake.close();
}
