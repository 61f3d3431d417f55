import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "../as-many-as-fit.ts";
import { type FakeAws, startFakeAws } from "../aws/fake-aws.ts";
import { configOfFive, worldOfFive } from "../aws/world-of-five.ts";
import { ended, type Home, makeHome, type Run } from "../home.ts";
import { type Keyring, startKeyring } from "../keyring.ts";
import { type Pty, type ShellPty, startPty, startShell } from "../pty.ts";
import type { Client } from "./clients.ts";

/** Variables for one run, beside the desk's own. */
type Variables = Readonly<Record<string, string>>;

/** A home in which `aws-as init` was run, a keyring, a fake AWS, and clients that act by the profiles `as-NAME`. */
export interface ClientDesk {
  readonly fake: FakeAws;
  readonly home: Home;
  readonly keyring: Keyring;
  /** Runs a client in `/`, where nobody can be asked. */
  alone(client: Client, name: string, env?: Variables): Promise<Run & { readonly milliseconds: number }>;
  /** Starts a client on a terminal of its own. `twice`: see Client.callsTwice. */
  onTerminal(client: Client, name: string, options?: { env?: Variables; twice?: boolean }): Pty;
  /** A terminal with a shell, where `who-is NAME` is the client. */
  shell(client: Client): Promise<ShellPty>;
  /** A script that is this client for the name in its first word; further words are the client's. */
  script(client: Client): string;
  /** How often `credential_process` was started so far. */
  starts(): number;
  /** Every run of it that has ended. */
  runs(): readonly ProcessRun[];
}

/** One run of `credential_process`. */
export interface ProcessRun {
  readonly milliseconds: number;
  readonly status: number;
}

/** Sets it all up, and clears it away after the test. `settings` are appended to ~/.aws/config before init is run. */
export async function makeClientDesk(t: Scope, settings = ""): Promise<ClientDesk> {
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  // Tests that look at a later time move the clock of the clients, not of the fake.
  const rules = { skewSeconds: Number.POSITIVE_INFINITY };
  const fake = await startFakeAws({ world: worldOfFive(), rules });
  t.after(() => fake.close());
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = keyring.environment;
  const home = makeHome({
    url: fake.url,
    config: configOfFive() + settings,
    env: {
      DBUS_SESSION_BUS_ADDRESS,
      XDG_RUNTIME_DIR,
      AWS_AS_STORE: "keychain",
      AWS_AS_PASSPHRASE: undefined,
    },
  });
  t.after(() => home.remove());
  const init = await home.run(["init"]);
  assert.equal(init.status, 0, init.stderr);
  const noted = noteRuns(home);

  const script = (client: Client) => {
    const path = join(home.path, "bin", client.name.replace(/\W+/g, "-"), "who-is");
    if (existsSync(path)) return path;
    const variables = Object.entries(client.env).map(([name, value]) => `${name}=${quoted(value)}`);
    const words = client.command(fake.url).map(quoted);
    write(
      path,
      `#!/bin/sh\nprofile=as-$1\nshift\nexec env AWS_PROFILE=$profile ${[...variables, ...words].join(" ")} "$@"\n`,
    );
    return path;
  };
  return {
    fake,
    home,
    keyring,
    script,
    ...noted,
    alone: async (client, name, env = {}) => {
      const began = performance.now();
      // A session of its own has no terminal.
      const run = await ended(
        spawn(script(client), [name], {
          cwd: "/",
          env: { ...home.env, ...env },
          detached: true,
          stdio: ["ignore", "pipe", "pipe"],
        }),
      );
      return { ...run, milliseconds: performance.now() - began };
    },
    onTerminal: (client, name, { env = {}, twice = false } = {}) => {
      const words = twice ? [name, "twice"] : [name];
      const terminal = startPty(script(client), words, { cwd: home.path, env: { ...home.env, ...env } });
      t.after(() => terminal.close());
      return terminal;
    },
    shell: async (client) => {
      const PATH = `${join(script(client), "..")}:${home.env["PATH"]}`;
      const shell = await startShell("bash", { cwd: home.path, env: { ...home.env, PATH } });
      t.after(() => shell.close());
      return shell;
    },
  };
}

/** Puts a script between the clients and aws-as that notes every run. It changes nothing else. */
function noteRuns(home: Home): Pick<ClientDesk, "starts" | "runs"> {
  const script = join(home.path, "bin", "noted");
  const [started, ended] = [join(home.path, "started"), join(home.path, "ended")];
  write(
    script,
    // Not bash, which may put the terminal's modes back by itself.
    `#!/bin/sh
began=$(date +%s.%N)
echo >> ${started}
"$@"
status=$?
echo "$began $(date +%s.%N) $status" >> ${ended}
exit $status
`,
  );
  home.writeConfig(home.config().replace(/^credential_process = /gm, `$&${script} `));
  const lines = (file: string) =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  return {
    starts: () => lines(started).length,
    runs: () =>
      lines(ended).map((line) => {
        const [began = 0, end = 0, status = 0] = line.split(" ").map(Number);
        return { milliseconds: (end - began) * 1000, status };
      }),
  };
}

function write(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
