/** The recipe of docs/agents.md, word for word but for what is said here. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import test from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, policy, readOnlyOfOne, worldOfOne } from "../support/aws/world-of-one.ts";
import { type Client, findClients } from "../support/clients/clients.ts";
import { ended, type Home, makeHome, started } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { clockInFile } from "../support/later.ts";
import { eventually } from "../support/pty.ts";

const root = resolve(import.meta.dirname, "../../..");
const document = readFileSync(join(root, "docs/agents.md"), "utf8");

/** The three steps of the recipe. */
function stepsOfRecipe(): string[] {
  const [, text = ""] = /\n```sh\n([\s\S]*?)```/.exec(document) ?? [];
  const [, ...steps] = text.split(/^# \d\. .*$/m);
  assert.equal(steps.length, 3);
  return steps;
}

/** Puts another text in the place of one that the recipe must have. */
function replaced(text: string, ...pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((result, [from, to]) => {
    assert.ok(result.includes(from), `the recipe has no ${from}`);
    return result.replaceAll(from, to);
  }, text);
}

const limits = `${readOnlyOfOne}duration_seconds = 3600
`;

/** One of each kind, as far as this machine has it: five in test/all.sh. */
function fiveClients(): Client[] {
  const kinds = [/^aws-cli/, /^boto3/, /^JavaScript .*ini/, /^Ruby/, /^Go SDK v2/];
  const all = findClients();
  return kinds.flatMap((kind) => all.filter(({ name }) => kind.test(name)).slice(-1));
}

const needed = ["bwrap", "curl", "socat", "tinyproxy", "faketime"];

/** A port of this machine that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Runs lines of the recipe. Their programs in the background are of one process group. */
function inShell(all: ChildProcess[], home: Home, text: string, env = {}): ChildProcess {
  const child = spawn("sh", ["-c", text], {
    env: { ...home.env, ...env },
    cwd: home.path,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  all.push(child);
  return child;
}

function endGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It has ended.
  }
}

async function outsideOf(fake: FakeAws): Promise<Home> {
  const home = makeHome({ url: fake.url, config: awsFilesOfOne().config + limits });
  home.env["HOME"] = home.path;
  const login = await home.run(["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  mkdirSync(join(home.path, "project"));
  return home;
}

test("five clients in a sandbox have two limited identities over three expiries, and nothing else", async (t) => {
  if (!needed.every((program) => installed(program, t))) return;
  const world = worldOfOne();
  world.accounts[0]?.users[0]?.policies.push(policy("Allow", "iam:*"));
  world.accounts[0]?.roles[0]?.policies.push(policy("Allow", "iam:*"));
  const fake = await startFakeAws({ world, rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  t.after(() => fake.close());
  const home = await outsideOf(fake);
  const all: ChildProcess[] = [];
  t.after(() => {
    for (const { pid } of all) endGroup(Number(pid));
    home.remove();
  });
  const clock = clockInFile(join(home.path, "clock"), t);
  if (clock === undefined) return;
  const port = new URL(fake.url).port;
  const proxyPort = String(await freePort());
  const [serve = "", proxy = "", sandbox = ""] = stepsOfRecipe();
  const box = join(home.path, "box");
  const project = join(home.path, "project");
  const files = () => readdirSync(project);

  // The user's identity is served as well, for longer than the clock moves.
  const command = started()
    .map((word) => `'${word}'`)
    .join(" ");
  const serving = replaced(
    serve,
    ["aws-as serve", `${command} serve`],
    ["--for 1h", "--for 9h"],
    ["my-role1-ro &", "my-role1-ro my-user1-ro & wait"],
  );
  inShell(all, home, serving, clock.env);
  await eventually(() => existsSync(join(box, "aws")), "the socket of serve");
  // The fake AWS is on this machine, by the one name that the proxy lets through.
  const proxying = replaced(
    proxy,
    ["8888", proxyPort],
    ["ConnectPort 443", `ConnectPort ${port}`],
    ["^[a-z0-9.-]+\\.amazonaws\\.com$", "^localhost$"],
  );
  inShell(all, home, `${proxying}\nwait`);
  // Clients that know no proxy, as the SDK for JavaScript, find the fake at its own address.
  inShell(all, home, `exec socat UNIX-LISTEN:${project}/endpoint,fork TCP:127.0.0.1:${port}`);
  await eventually(() => existsSync(join(box, "proxy")), "the socket of the proxy");
  await eventually(() => existsSync(join(project, "endpoint")), "the socket of the fake");

  const clients = fiveClients();
  assert.equal(clients.length, 5);
  const names = ["my-role1-ro", "my-user1-ro"];
  const own = `http://127.0.0.1:${port}`;
  for (const [index, { command: words, env }] of clients.entries()) {
    const variables = Object.entries({ ...env, AWS_PROFILE: names[index % 2], AWS_ENDPOINT_URL: own });
    const line = [
      ...variables.map(([name, value]) => `${name}='${value}'`),
      ...words(own).map((word) => `'${word}'`),
    ];
    writeFileSync(
      join(project, `client-${index}`),
      `unset HTTPS_PROXY; export AWS_REGION=eu-west-1\n${line.join(" ")}\n`,
    );
  }
  // No pattern finds itself.
  const pattern = `[${one.secretAccessKey[0]}]${one.secretAccessKey.slice(1)}`;
  // The sources of the tests, which name the key, may lie in /tmp.
  const searched = `find /run /tmp /etc /work/searched /proc/[0-9]*/environ /proc/[0-9]*/cmdline -path ${root} -prune -o \\
    -type f -exec grep -las -e "$PATTERN" {} +`;
  writeFileSync(
    join(project, "inside"),
    `socat TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:/work/endpoint &
    for round in 0 1 2 3; do
      until [ -e round-$round ]; do sleep 0.05; done
      for index in 0 1 2 3 4; do sh client-$index > out-$round-$index 2>&1 & jobs="$jobs $!"; done
      wait $jobs; jobs=
      : > done-$round
    done
    ask() { curl -s --max-time 5 "$@"; }
    { ask --unix-socket /run/box/aws http://localhost/my-role1; ask --unix-socket /run/box/aws http://localhost/my-user1; } > others
    ask -p -x http://127.0.0.1:8080 -o /dev/null -w '%{http_connect}' http://localhost:${port}/ > allowed
    ask -p -x http://127.0.0.1:8080 -o /dev/null -w '%{http_connect}' http://127.0.0.1:${port}/ > refused
    ask http://127.0.0.1:${proxyPort}/ > direct; echo $? > direct
    mkdir searched; env > searched/env; ls /run/box > sockets; ls -d /proc/[0-9]* | wc -l > processes
    PATTERN='${pattern}'; ${searched} > canary
    PATTERN=AWS_CONFIG_FILE; ${searched} > control
    ls ~/.aws /root /home > homes 2>&1
    : > end`,
  );
  const profiles = names.map(
    (name) =>
      `[profile ${name}]\nregion = eu-west-1\ncredential_process = curl -sf --unix-socket /run/box/aws http://localhost/${name}`,
  );
  const inner = replaced(
    sandbox,
    ["~/box/config <<'END'", `~/box/config <<'END'\n${profiles.join("\n")}`],
    ["--bind ~/project /work", `--bind ~/project /work --ro-bind ${root} ${root}`],
    ["sh bash\n", "sh sh inside\n"],
  );
  const running = ended(inShell(all, home, inner));

  const arns: string[][] = [];
  for (const round of [0, 1, 2, 3]) {
    if (round > 0) {
      fake.advance(61 * 60_000);
      clock.moveBy(`${round * 61}m`);
    }
    const before = fake.requests.all.length;
    writeFileSync(join(project, `round-${round}`), "");
    await eventually(() => files().includes(`done-${round}`), `round ${round}`, 120_000);
    const said = clients.map((_, index) =>
      readFileSync(join(project, `out-${round}-${index}`), "utf8").trim(),
    );
    const roleArn = /:assumed-role\/my-role1\//;
    for (const [index, text] of said.entries())
      assert.match(text, index % 2 === 0 ? roleArn : new RegExp(`${one.userArn}$`), clients[index]?.name);
    const asked = fake.requests.all.slice(before).filter(({ action }) => action === "GetCallerIdentity");
    arns.push([...new Set(asked.map(({ accessKeyId = "" }) => accessKeyId))].sort());
  }
  assert.deepEqual(
    arns.map(({ length }) => length),
    [2, 2, 2, 2],
  );
  assert.equal(new Set(arns.flat()).size, 8, "each expiry brought new sessions of both");

  const { status, stderr } = await running;
  assert.equal(status, 0, stderr);
  const said = (name: string) => readFileSync(join(project, name), "utf8").trim();
  assert.equal(said("others").split("it is no identity that is served here").length, 3);
  assert.deepEqual([said("allowed"), said("refused")], ["200", "403"]);
  assert.deepEqual([said("direct"), said("sockets").split("\n")], ["7", ["aws", "config", "proxy"]]);
  assert.ok(Number(said("processes")) < 12, "none of the processes outside is seen");
  assert.equal(said("canary"), "", "the long-term key is nowhere");
  assert.match(said("control"), /^\/proc\/\d+\/environ$/m, "the same search finds what is there");
  assert.match(said("homes"), /No such file or directory/);
  assert.match(said("searched/env"), /^AWS_CONFIG_FILE=\/run\/box\/config$/m);
  // The same search finds it where it is.
  const found = spawnSync("grep", ["-rlas", "-e", pattern, dirname(home.credentialsFile)], {
    encoding: "utf8",
  });
  assert.equal(found.stdout.trim(), home.credentialsFile);

  const log = await home.run(["log", "--file", join(box, "log"), "--json"]);
  const entries = log.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    new Set(entries.map(({ identity, outcome }) => `${identity} ${outcome === "refused"}`)),
    new Set(["my-role1-ro false", "my-user1-ro false", "null true"]),
  );
  if (process.getuid?.() === 0) {
    const other = [
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      "curl",
      "-s",
      "--unix-socket",
      join(box, "aws"),
    ];
    const { status: refused, stdout } = spawnSync("setpriv", [...other, "http://localhost/my-role1-ro"], {
      encoding: "utf8",
    });
    assert.deepEqual([refused, stdout], [7, ""], "another user");
  }
});
