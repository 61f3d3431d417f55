import { startFakeAws } from "./aws/fake-aws.ts";
import { one, worldOfOne } from "./aws/world-of-one.ts";
import { makeHome } from "./home.ts";
import { startKeyring } from "./keyring.ts";
import { type Loaded, runLoaded } from "./loaded.ts";

/** Calls as people and programs make them, each with the most files of which a function may run. */
export const calls: Readonly<Record<string, number>> = {
  "process my-role1": 36,
  "env my-role1": 44,
  "env my-role1 --shell bash": 47,
  "switch fish my-role1": 43,
  "-s": 16,
  "complete fish aws-as my": 17,
  "--version": 9,
  "--help": 16,
  status: 33,
  list: 44,
  "list --json": 42,
  "explain my-role1": 60,
  "doctor --offline": 79,
  "init --dry-run": 46,
  "login my-role1": 42,
  "keys list": 34,
  "mfa list my-user1": 47,
  "store status": 43,
  "completion fish": 15,
  "use x": 21,
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
