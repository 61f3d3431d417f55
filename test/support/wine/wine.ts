import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Scope } from "../as-many-as-fit.ts";
import { eventually, type Pty, startPty } from "../pty.ts";
import type { Answer, Order } from "./agent.ts";

const root = resolve(import.meta.dirname, "../../../..");
/** Windows' Node.js, which test/all.sh gets from npm. */
const node = process.env["AWS_AS_TEST_WINDOWS_NODE"] ?? join(root, "build/node-win/package/bin/node.exe");

/** The home of a person whose name has a blank, where npm's folder lies, and nothing of the program's path is plain. */
const home = "C:\\users\\Jane Doe";
const npm = `${home}\\AppData\\Roaming\\npm`;
const script = `${npm}\\node_modules\\aws-as\\dist\\aws-as.cjs`;

/** A Windows of wine's in a temporary folder, from which no drive leads out, with aws-as installed as npm does it. */
export interface Wine {
  /** Where `C:\` is. */
  readonly drive: string;
  /** The home folder, from outside. */
  readonly home: string;
  readonly node: string;
  readonly script: string;
  /** Runs a program of Windows to its end, with pipes for its streams and no console. */
  run(program: string, words: readonly string[], more?: Partial<Order>): Promise<Answer>;
  /** The same for aws-as, started by Node.js. */
  awsAs(...words: readonly string[]): Promise<Answer>;
  /** A line, as clients hand it to `cmd.exe /d /s /c`. */
  cmd(line: string, more?: Partial<Order>): Promise<Answer>;
  /** A file of commands, as cmd.exe reads them. */
  batch(lines: readonly string[]): Promise<Answer>;
  /** aws-as on a console, which wine draws on a terminal of ours. */
  console(...words: readonly string[]): Promise<Pty>;
}

/** The reason to skip tests under wine, or false. In test/all.sh what is missing is a failure, but where apt has no wine. */
export function withoutWine(): string | false {
  const lacking = spawnSync("wine", ["--version"]).error ? "wine" : existsSync(node) ? undefined : node;
  if (lacking === undefined) return false;
  const isExcused = process.env["AWS_AS_TEST_LACKS"]?.split(" ").includes("wine");
  if (process.env["AWS_AS_TEST_ALL"] === "1" && !isExcused) throw new Error(`there is no ${lacking}`);
  return `WINDOWS UNDER WINE: there is no ${lacking}`;
}

/**
 * Starts it, which takes ten seconds. Without the drive `z:` a program that removes folders cannot reach those of this
 * machine. It ends with the scope.
 */
export async function startWine(scope: Scope, env: Readonly<Record<string, string>> = {}): Promise<Wine> {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-wine-"));
  const prefix = join(folder, "prefix");
  const drive = join(prefix, "drive_c");
  const outside = {
    PATH: process.env["PATH"] ?? "",
    // Wine links the user's folders to it.
    HOME: folder,
    WINEPREFIX: prefix,
    WINEDEBUG: "-all",
    // No questions about .NET and a browser, no entries in menus.
    WINEDLLOVERRIDES: "mscoree,mshtml,winemenubuilder.exe=",
    NODE_SKIP_PLATFORM_CHECK: "1",
  };
  const endings: (() => unknown)[] = [];
  scope.after(() => {
    for (const end of endings) end();
    spawnSync("wineserver", ["-k"], { env: outside });
    spawnSync("wineserver", ["-w"], { env: outside });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  execFileSync("wine", ["wineboot", "-i"], { env: outside, stdio: "ignore" });
  for (const name of ["z:", "com1", "com2", "com3", "com4"])
    rmSync(join(prefix, "dosdevices", name), { force: true });

  const here = (path: string) => join(drive, path.slice(3).replaceAll("\\", "/"));
  install(here);
  const inside = {
    ...env,
    USERPROFILE: home,
    AWS_EC2_METADATA_DISABLED: "true",
    NODE_SKIP_PLATFORM_CHECK: "1",
  };
  writeFileSync(here("C:\\console.cjs"), onConsole(inside));

  const server = createServer();
  endings.push(() => server.close());
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  copyFileSync(join(import.meta.dirname, "agent.js"), here("C:\\agent.mjs"));
  const agent = spawn("wine", ["C:\\Program Files\\nodejs\\node.exe", "C:\\agent.mjs", String(port)], {
    cwd: drive,
    env: outside,
    stdio: "ignore",
  });
  const socket = await new Promise<Socket>((done, fail) => {
    server.once("connection", done);
    agent.once("exit", () => fail(new Error("Node.js does not run under wine")));
  });
  endings.push(() => socket.destroy());
  const waiting = new Map<number, (answer: Answer) => void>();
  createInterface({ input: socket }).on("line", (line) => {
    const answer = JSON.parse(line) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  let last = 0;
  const insidePath = {
    ...inside,
    PATH: `${npm};C:\\Program Files\\nodejs;C:\\windows\\system32;C:\\windows`,
  };
  const run: Wine["run"] = (program, words, more) =>
    new Promise((done) => {
      const id = ++last;
      waiting.set(id, done);
      const order: Order = { id, program, words, cwd: home, ...more, env: { ...insidePath, ...more?.env } };
      socket.write(`${JSON.stringify(order)}\n`);
    });
  const nodeInside = "C:\\Program Files\\nodejs\\node.exe";
  const cmd: Wine["cmd"] = (line, more) =>
    run("cmd.exe", ["/d", "/s", "/c", `"${line}"`], { verbatim: true, ...more });
  return {
    drive,
    home: here(home),
    node: nodeInside,
    script,
    run,
    cmd,
    awsAs: (...words) => run(nodeInside, [script, ...words]),
    batch: async (lines) => {
      writeFileSync(here("C:\\scene.cmd"), lines.map((line) => `${line}\r\n`).join(""));
      return await cmd("C:\\scene.cmd");
    },
    console: async (...words) => {
      const pty = startPty("wine", [nodeInside, "C:\\console.cjs", script, ...words], {
        env: outside,
        cwd: here(home),
        columns: 200,
      });
      endings.push(() => pty.close());
      return pty;
    },
  };
}

/** Waits until wine's console takes the keys, and no longer our terminal: what is typed before is lost to it. */
export async function whenListening(pty: Pty): Promise<void> {
  const terminal = readlinkSync(`/proc/${pty.pid}/fd/0`);
  const modes = () => spawnSync("stty", ["-F", terminal, "-a"], { encoding: "utf8" }).stdout;
  await eventually(() => / -icanon/.test(modes()), "wine's console");
}

/** A program that runs its words by Node.js with these variables, which wine takes from nobody outside, and outlives Ctrl-C. */
function onConsole(env: Readonly<Record<string, string>>): string {
  return `
    Object.assign(process.env, ${JSON.stringify(env)});
    process.on("SIGINT", () => {});
    const child = require("node:child_process").spawn(process.execPath, process.argv.slice(2), { stdio: "inherit" });
    child.on("exit", (code) => process.exit(code));
  `;
}

/** What `npm install --global aws-as` leaves there, its batch file included. */
function install(here: (path: string) => string): void {
  mkdirSync(here("C:\\Program Files\\nodejs"), { recursive: true });
  copyFileSync(node, here("C:\\Program Files\\nodejs\\node.exe"));
  const to = here(`${npm}\\node_modules\\aws-as`);
  mkdirSync(join(to, "node_modules"), { recursive: true });
  cpSync(join(root, "dist"), join(to, "dist"), { recursive: true });
  copyFileSync(join(root, "package.json"), join(to, "package.json"));
  const others = /[/\\]prebuilds[/\\](?!win32-x64)|[/\\]keytar[/\\](?:src|script)/;
  for (const name of packagesOf("fs-native-extensions").concat("keytar")) {
    cpSync(join(root, "node_modules", name), join(to, "node_modules", name), {
      recursive: true,
      filter: (path) => !others.test(path),
    });
  }
  // What npm puts there does the same, with a trick that wine's cmd.exe does not know.
  writeFileSync(
    here(`${npm}\\aws-as.cmd`),
    `@node.exe "%~dp0\\node_modules\\aws-as\\dist\\aws-as.cjs" %*\r\n`,
  );
}

function packagesOf(name: string): string[] {
  const file = join(root, "node_modules", name, "package.json");
  const { dependencies = {} } = JSON.parse(readFileSync(file, "utf8")) as {
    dependencies?: Record<string, string>;
  };
  return [name, ...Object.keys(dependencies).flatMap(packagesOf)];
}
