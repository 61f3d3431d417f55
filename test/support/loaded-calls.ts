import { startFakeAws } from "./aws/fake-aws.ts";
import { one, worldOfOne } from "./aws/world-of-one.ts";
import { makeHome } from "./home.ts";
import { startKeyring } from "./keyring.ts";
import { type Loaded, runLoaded } from "./loaded.ts";

/** Calls as people and programs make them, each with the most files of which a function may run. */
export const calls: Readonly<Record<string, number>> = {
  "process my-role1": 35,
  "env my-role1": 43,
  "env my-role1 --shell bash": 46,
  "switch fish my-role1": 42,
  "exec my-role1 -- true": 45,
  // A prompt waits for it.
  "switch fish --due": 43,
  "-s": 15,
  "complete fish aws-as my": 16,
  "--version": 8,
  "--help": 14,
  "serve --socket /nowhere/socket my-role1": 60,
  status: 32,
  list: 43,
  "list --json": 41,
  "explain my-role1": 59,
  "doctor --offline": 78,
  // Run from a temporary folder, it warns.
  "init --dry-run": 47,
  "login my-role1": 41,
  log: 30,
  "keys list": 30,
  "mfa list my-user1": 42,
  "store status": 41,
  "completion fish": 15,
  "use x": 21,
  "console my-role1 --print": 49,
  allow: 19,
  "logout my-role1": 41,
};

/** Runs each call in a home whose sessions are in a keychain, `my-role1` among them. */
export async function runCalls(
  lines: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Map<string, Loaded>> {
  const keyring = await startKeyring();
  const fake = await startFakeAws({ world: worldOfOne() });
  const home = makeHome({
    url: fake.url,
    env: { ...keyring.environment, AWS_AS_STORE: undefined, AWS_AS_PASSPHRASE: undefined },
  });
  home.env["HOME"] = home.path;
  try {
    const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
    if (login.status !== 0) throw new Error(login.stderr);
    const found = new Map<string, Loaded>();
    for (const line of lines) found.set(line, await runLoaded(home, line.split(" "), env));
    return found;
  } finally {
    home.remove();
    await keyring.stop();
    await fake.close();
  }
}
