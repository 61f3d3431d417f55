import { startFakeAws } from "./aws/fake-aws.ts";
import { one, worldOfOne } from "./aws/world-of-one.ts";
import { makeHome } from "./home.ts";
import { startKeyring } from "./keyring.ts";
import { type Loaded, runLoaded } from "./loaded.ts";

/** Calls as people and programs make them, each with the most files of which a function may run. */
export const calls: Readonly<Record<string, number>> = {
  "process my-role1": 43,
  "env my-role1": 54,
  "env my-role1 --shell bash": 57,
  "switch fish my-role1": 53,
  "-s": 15,
  "complete fish aws-as my": 18,
  "--version": 10,
  "--help": 42,
  status: 31,
  list: 53,
  "list --json": 51,
  "explain my-role1": 65,
  "doctor --offline": 88,
  "init --dry-run": 53,
  "login my-role1": 52,
  "keys list": 36,
  "mfa list my-user1": 51,
  "store status": 45,
  "completion fish": 16,
  "use x": 20,
  "logout my-role1": 49,
};

/** Runs each call in a home whose sessions are in a keychain, `my-role1` among them. */
export async function runCalls(lines: readonly string[]): Promise<Map<string, Loaded>> {
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
    for (const line of lines) found.set(line, await runLoaded(home, line.split(" ")));
    return found;
  } finally {
    home.remove();
    await keyring.stop();
    await fake.close();
  }
}
