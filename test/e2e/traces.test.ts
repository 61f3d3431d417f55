import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { holdsSecret } from "../support/canary.ts";
import { ended, type Home, makeHome, program, started } from "../support/home.ts";
import { keyringSkip, startKeyring } from "../support/keyring.ts";
import { runOnKeychain } from "../support/keyring-run.ts";
import { startPty, withoutPty } from "../support/pty.ts";

const onLinux = process.platform !== "linux" && "reads /proc";
const passphrase = "canary-of-the-passphrase";

interface Busy {
  readonly home: Home;
  readonly folder: string;
  readonly secrets: readonly string[];
  /** The program with the key in hand, waiting for AWS, with core files of any size allowed in the folder. */
  start(nodeOptions?: string): Promise<ChildProcess>;
}

/** A program that has opened the store, holds the long-term key, and waits for AWS for ever. */
async function busyProgram(t: TestContext): Promise<Busy> {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  fake.faults.add({ kind: "hang", times: 100 });
  const home = makeHome({ url: fake.url, env: { AWS_AS_PASSPHRASE: passphrase } });
  const folder = mkdtempSync(join(tmpdir(), "aws-as-core-"));
  const running: ChildProcess[] = [];
  // What still runs would write there again: the folders go last.
  t.after(async () => {
    for (const child of running) await killed(child);
    home.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  const secrets = [passphrase, ...fake.secrets().filter((secret) => secret.length > 6)];
  const start = async (nodeOptions?: string): Promise<ChildProcess> => {
    const before = fake.requests.all.length;
    // Else the code counts as sent.
    rmSync(join(home.path, ".aws/aws-as/notes"), { recursive: true, force: true });
    const words = [...started(), "login", "my-role1", "--code", fake.code(one.mfaSerial)];
    const child = spawn("sh", ["-c", 'ulimit -c unlimited && exec "$@"', "sh", ...words], {
      cwd: folder,
      env: { ...home.env, ...(nodeOptions && { NODE_OPTIONS: nodeOptions }) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    running.push(child);
    while (fake.requests.all.length === before) {
      assert.equal(child.exitCode ?? child.signalCode, null, "it ended before it asked AWS");
      await delay(20);
    }
    return child;
  };
  return { home, folder, secrets, start };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** Core files go to the folder of the process that dies, if the machine says so; else where this test cannot look. */
const coresAreFiles = (): boolean =>
  !/^\||\//.test(readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim());

/** Takes the core file that a death left, as bytes. */
function takeCore(folder: string): Buffer | undefined {
  const [name] = readdirSync(folder).filter((file) => file.startsWith("core"));
  if (name === undefined) return undefined;
  const bytes = readFileSync(join(folder, name));
  rmSync(join(folder, name));
  return bytes;
}

test("a core file holds no secret, however the program dies", { skip: onLinux }, async (t) => {
  const { folder, secrets, start } = await busyProgram(t);
  const child = await start();
  assert.equal(readFileSync(`/proc/${child.pid}/coredump_filter`, "utf8").trim(), "00000000");
  child.kill("SIGKILL");
  if (!coresAreFiles())
    return t.diagnostic("core files go elsewhere on this machine: only the filter was read");

  // That a core file does hold what a process holds, where nothing is done about it.
  const held =
    "const held = process.env.HELD.toUpperCase(); setInterval(() => held, 9); process.stdout.write('ready')";
  const control = spawn(
    "sh",
    ["-c", 'ulimit -c unlimited && exec "$@"', "sh", process.execPath, "-e", held],
    {
      cwd: folder,
      env: { HELD: "canary-of-the-control" },
    },
  );
  await once(control.stdout, "data");
  control.kill("SIGABRT");
  await once(control, "exit");
  assert.ok(takeCore(folder)?.includes("CANARY-OF-THE-CONTROL"), "no core file of the control");

  const throwing = join(folder, "throws.cjs");
  writeFileSync(throwing, 'process.on("SIGWINCH", () => { throw new Error("on purpose"); });');
  for (const [how, options] of [
    ["SIGABRT", undefined],
    ["SIGQUIT", undefined],
    ["SIGSEGV", undefined],
    // The stand-alone program reads no options of Node.
    ...(program.endsWith(".cjs")
      ? ([["itself", `--abort-on-uncaught-exception --require ${throwing}`]] as const)
      : []),
  ] as const) {
    const victim = await start(options);
    const exit = once(victim, "exit");
    victim.kill(how === "itself" ? "SIGWINCH" : how);
    const [, signal] = await exit;
    assert.ok(signal, how);
    const core = takeCore(folder);
    assert.ok(core, `no core file after ${how}`);
    for (const secret of secrets) assert.ok(!holdsSecret(core, secret), `${how}: ${secret}`);
  }
});

test("a diagnostic report that NODE_OPTIONS asks for does not hold the environment", {
  skip: onLinux,
}, async (t) => {
  const { folder, start } = await busyProgram(t);
  const throwing = join(folder, "throws.cjs");
  writeFileSync(throwing, 'process.on("SIGWINCH", () => { throw new Error("on purpose"); });');
  const report = `--report-directory=${folder} --report-on-signal --report-signal=SIGUSR2`;
  const victim = await start(`${report} --report-uncaught-exception --require ${throwing}`);
  const exit = once(victim, "exit");
  victim.kill("SIGWINCH");
  await exit;
  const reports = readdirSync(folder).filter((file) => file.startsWith("report."));
  for (const file of reports) assert.ok(!holdsSecret(readFileSync(join(folder, file)), passphrase));
});

test("a debugger's port that NODE_OPTIONS opens is closed again", { skip: onLinux }, async (t) => {
  const { start } = await busyProgram(t);
  const port = 20_000 + (process.pid % 20_000);
  await start(`--inspect=127.0.0.1:${port}`);
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  await assert.rejects(once(socket, "connect"), { code: "ECONNREFUSED" });
});

/** What is seen of the processes below one: command lines and environments, sampled until it ends. */
async function descendantsSeen(child: ChildProcess): Promise<Map<string, Buffer>> {
  const seen = new Map<string, Buffer>();
  const running = ended(child);
  let over = false;
  void running.finally(() => {
    over = true;
  });
  const ours = new Set([String(child.pid)]);
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch {
      return Buffer.alloc(0);
    }
  };
  while (!over) {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const parent = / \(.*\) \S (\d+) /s.exec(` ${read(`/proc/${pid}/stat`).toString("latin1")}`)?.[1] ?? "";
      if (!ours.has(parent) && !ours.has(pid)) continue;
      ours.add(pid);
      const cmdline = read(`/proc/${pid}/cmdline`);
      seen.set(`cmdline of ${pid}: ${cmdline.toString("latin1").replaceAll("\0", " ")}`, cmdline);
      // The first has what its caller gave it.
      if (pid !== String(child.pid)) seen.set(`environment of ${pid}`, read(`/proc/${pid}/environ`));
    }
    await delay(2);
  }
  const { status, stderr } = await running;
  assert.equal(status, 0, stderr);
  return seen;
}

test("no process of ours has a secret in its arguments, and none below us has one in its environment", {
  skip: onLinux,
}, async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, env: { AWS_AS_PASSPHRASE: undefined } });
  t.after(() => home.remove());
  const given = { passphrase: join(home.path, "passphrase"), code: join(home.path, "code") };
  writeFileSync(given.passphrase, `${passphrase}\n`);
  const code = fake.code(one.mfaSerial);
  writeFileSync(given.code, code);
  const lines = [
    "[aws-as]",
    `passphrase_process = sleep 0.1; cat ${given.passphrase}; sleep 0.1`,
    `mfa_process = sleep 0.1; cat ${given.code}; sleep 0.1`,
  ];
  home.writeConfig(`${home.config()}\n${lines.join("\n")}\n`);
  const mine = {
    AWS_SECRET_ACCESS_KEY: "canary-of-the-callers-key",
    AWS_SESSION_TOKEN: "canary-of-the-callers-session",
    AWS_AS_MFA_CODE: "",
  };
  const secrets = [passphrase, ...Object.values(mine).filter(Boolean), ...fake.secrets()];
  const all = new Map<string, Buffer>();
  for (const args of [["process", "my-role1"], ["env", "my-role1"], ["status"], ["logout", "--all"]]) {
    for (const [what, bytes] of await descendantsSeen(home.start(args, { env: mine }))) all.set(what, bytes);
  }
  const told = [...all.keys()].join("\n");
  assert.match(told, /sleep 0\.1; cat .*passphrase/);
  assert.match(told, /sleep 0\.1; cat .*code/);
  assert.ok([...all.keys()].some((what) => what.startsWith("environment")));
  for (const [what, bytes] of all) {
    // A code of six digits may stand in any number, but not as a word of its own.
    for (const secret of secrets.filter((each) => each.length > 6))
      assert.ok(!holdsSecret(bytes, secret), what);
    assert.ok(
      !bytes
        .toString("latin1")
        .split(/[\0 =]/)
        .includes(code),
      what,
    );
  }
});

test("status and lists ask the keyring nothing at all", { skip: keyringSkip() }, async (t) => {
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  const bus = (keyring.environment["DBUS_SESSION_BUS_ADDRESS"] ?? "").replace("unix:path=", "");
  // Whoever comes to the keyring comes through here.
  let visitors = 0;
  const path = join(keyring.home, "counted-bus");
  const server = createServer((visitor: Socket) => {
    visitors += 1;
    const onward = connect(bus);
    visitor.pipe(onward).pipe(visitor);
    for (const each of [visitor, onward]) each.on("error", () => undefined);
  });
  server.listen(path);
  await once(server, "listening");
  t.after(() => server.close());

  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({
    url: fake.url,
    env: {
      AWS_AS_STORE: undefined,
      AWS_AS_PASSPHRASE: undefined,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}`,
      XDG_RUNTIME_DIR: keyring.environment["XDG_RUNTIME_DIR"],
    },
  });
  t.after(() => home.remove());
  const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  const key = { name: "long-term key AKIAIOSFODNN7EXAMPLE", label: "long-term key of user x" };
  const folder = join(home.path, ".aws/aws-as/index");
  await runOnKeychain(keyring.environment, { folder, steps: [["write", key, "{}"]] });

  assert.ok(visitors > 0);
  visitors = 0;
  for (const args of [["status"], ["status", "--json"], ["keys", "list"]]) {
    const run = await home.run(args);
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /my-role1|AMPLE|MPLE/, args.join(" "));
  }
  assert.equal(visitors, 0);
  // And that they are counted.
  const hit = await home.run(["process", "my-role1"]);
  assert.equal(hit.status, 0, hit.stderr);
  assert.equal(visitors, 1);
});

test("attack-04: SIGUSR1 opens no inspector, also while a question waits", {
  skip: withoutPty(),
}, async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const words = ["-c", 'echo "pid $$"; exec "$@"', "sh", ...started(), "login", "my-role1"];
  const terminal = startPty("/bin/sh", words, { cwd: home.path, env: home.env });
  t.after(() => terminal.close());
  await terminal.waitFor("): ");
  const pid = Number(/pid (\d+)/.exec(terminal.output())?.[1]);
  process.kill(pid, "SIGUSR1");
  process.kill(pid, "SIGUSR1");
  terminal.type(`${fake.code(one.mfaSerial)}\r`);
  assert.equal((await terminal.exit()).code, 0, terminal.output());
  assert.doesNotMatch(terminal.output(), /Debugger|inspector/i);
});

test("attack-07: root makes nothing in another user's home", {
  skip: process.getuid?.() !== 0 && "only root can give files away",
}, async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, newStore: true });
  t.after(() => home.remove());
  for (const path of [home.path, join(home.path, ".aws")]) chownSync(path, 65_534, 65_534);
  const run = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(run.status, 1);
  assert.match(run.stderr, /^aws-as: error: you are root, and ".*" belongs to user 65534\n/);
  assert.match(run.stderr, /\naws-as: hint: run it without sudo/);
  assert.doesNotMatch(run.stderr, /chown/);
  assert.ok(!readdirSync(join(home.path, ".aws")).includes("aws-as"));
  assert.deepEqual(fake.requests.counts(), {});
});
