import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Scope } from "./as-many-as-fit.ts";
import { type FakeAws, startFakeAws } from "./aws/fake-aws.ts";
import { worldOfOne } from "./aws/world-of-one.ts";
import { type AwsCli, commandsIn } from "./aws-clis.ts";
import { ended, type Home, makeHome, type Run } from "./home.ts";
import { type ShellPty, startShell } from "./pty.ts";

/** Where a person works: a home in which `aws-as init` was run, `aws-as` and `aws` on the PATH, a fake AWS behind. */
export interface Desk {
  readonly fake: FakeAws;
  readonly home: Home;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command of the desk in `/`, where nobody can be asked. */
  alone(command: "aws" | "aws-as", args: readonly string[], env?: Record<string, string>): Promise<Run>;
  /** Opens a terminal with a shell in the home. Variables given are added to the desk's. */
  terminal(shell: "bash" | "zsh" | "sh", env?: Record<string, string>): Promise<ShellPty>;
}

export interface DeskOptions {
  readonly aws?: AwsCli | undefined;
  /** Appended to ~/.aws/config before init is run. */
  readonly settings?: string;
  /** As of makeHome. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * What `aws-as init` makes of a config, HOME standing for the home: of many desks in one file only the first runs it, which
 * takes as long as many a test.
 */
const initialised = new Map<string, string>();

/** Sets it all up, and clears it away after the test. */
export async function makeDesk(t: Scope, options: DeskOptions = {}): Promise<Desk> {
  // Tests that look at a later time cannot move the clock of both sides at the same moment.
  const rules = { skewSeconds: Number.POSITIVE_INFINITY };
  const fake = await startFakeAws({ world: worldOfOne(), rules });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, ...(options.env ? { env: options.env } : {}) });
  t.after(() => home.remove());
  home.writeConfig(home.config() + (options.settings ?? ""));
  // What a switch says of itself is looked at where it is tested.
  const env: Desk["env"] = { ...commandsIn(home, options.aws), AWS_AS_QUIET: "1" };
  const bin = join(home.path, "bin");
  const alone: Desk["alone"] = (command, args, more = {}) =>
    ended(
      spawn(join(bin, command), args, {
        cwd: "/",
        env: { ...env, ...more },
        // A session of its own has no terminal.
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  const config = home.config();
  const known = options.env === undefined ? initialised.get(config) : undefined;
  if (known === undefined) {
    const init = await alone("aws-as", ["init"]);
    assert.equal(init.status, 0, init.stderr);
    if (options.env === undefined) initialised.set(config, home.config().replaceAll(home.path, "HOME"));
  } else home.writeConfig(known.replaceAll("HOME", home.path));
  return {
    fake,
    home,
    env,
    alone,
    terminal: async (kind, more = {}) => {
      const shell = await startShell(kind, { env: { ...env, ...more }, cwd: home.path });
      t.after(() => shell.close());
      return shell;
    },
  };
}

/** A code that is none of now. */
export function wrong(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, "0");
}
