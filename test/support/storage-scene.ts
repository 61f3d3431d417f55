import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "./aws/fake-aws.ts";
import { configOfFive, fiveRoles, worldOfFive } from "./aws/world-of-five.ts";
import { one } from "./aws/world-of-one.ts";
import { foundOnDisk } from "./canary.ts";
import { type Home, makeHome } from "./home.ts";
import { type Keyring, keyringSkip, startKeyring } from "./keyring.ts";
import { passwordStore, withoutPass } from "./password-store.ts";
import { type RunningAgent, startSshAgent, withoutSshAgent } from "./ssh-agent.ts";

/** The reason to skip tests with a keyring and an ssh-agent, or false. */
export const withoutStores = (): string | false => keyringSkip() || withoutSshAgent();
/** The same for tests with a password store beside. */
export const withoutAllStores = (): string | false => withoutStores() || withoutPass();

export interface Scene {
  readonly fake: FakeAws;
  readonly home: Home;
  readonly keyring: Keyring;
  readonly agent: RunningAgent;
}

/** A person with a real keyring and a real ssh-agent, whose key was imported and who is logged in as these roles. */
export async function scene(
  t: TestContext,
  store: "keychain" | "file",
  roles: readonly string[] = fiveRoles,
  more: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const keyring = await startKeyring();
  const agent = await startSshAgent();
  t.after(() => agent.stop());
  agent.add("-q", agent.makeKey("me@laptop"));
  t.after(() => keyring.stop());
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = keyring.environment;
  const fake = await startFakeAws({ world: worldOfFive(), rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  t.after(() => fake.close());
  const env = {
    AWS_AS_STORE: undefined,
    AWS_AS_PASSPHRASE: undefined,
    SSH_AUTH_SOCK: agent.socket,
    DBUS_SESSION_BUS_ADDRESS,
    XDG_RUNTIME_DIR,
    ...more,
  };
  const home = makeHome({ url: fake.url, config: `# mine\n${configOfFive()}`, env });
  t.after(() => home.remove());
  await ok(home, ["store", "setup", store]);
  await ok(home, ["keys", "import", "my-user1", "--force"]);
  await ok(home, ["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
  for (const role of roles) await ok(home, ["process", role]);
  return { fake, home, keyring, agent };
}

export async function ok(home: Home, args: readonly string[], env: Record<string, string> = {}) {
  const run = await home.run(args, { env });
  assert.equal(run.status, 0, `${args.join(" ")}: ${run.stderr}`);
  return run;
}

interface Status {
  readonly used: { readonly kind: string };
  readonly stores: {
    readonly kind: string;
    readonly keys: number | null;
    readonly sessions: number | null;
  }[];
}

/** `keychain: 1 key, 6 sessions` of each store that holds something, the used one marked. */
export async function holdings(home: Home): Promise<string[]> {
  const status = JSON.parse((await ok(home, ["store", "status", "--json"])).stdout) as Status;
  return status.stores
    .filter(({ keys, sessions }) => (keys ?? 0) + (sessions ?? 0) > 0)
    .map(
      ({ kind, keys, sessions }) =>
        `${kind} ${keys} + ${sessions}${kind === status.used.kind ? ", used" : ""}`,
    );
}

/** Asserts that the key of the user is in the store in use and opens: IAM is called with it. */
export async function assertKeyOpens({ home }: Scene, when = ""): Promise<void> {
  const run = await home.run(["mfa", "list", "my-user1"]);
  assert.deepEqual([run.status, run.stderr], [0, ""], when);
  assert.match(run.stdout, /used: /, when);
}

/** Asserts that neither home nor keyring hold a secret in plain text. */
export function assertNoSecret({ home, keyring, fake }: Scene, when = ""): void {
  for (const secret of fake.secrets().filter((each) => each.length > 6)) {
    const found = [...foundOnDisk(home.path, secret), ...foundOnDisk(keyring.home, secret)];
    assert.deepEqual(found, [], when);
  }
}

/** A scene with a real password store beside. */
export async function sceneWithPass(t: TestContext, store: "keychain" | "file", roles?: readonly string[]) {
  const room = passwordStore();
  t.after(() => room.remove());
  // One that gpg starts by itself would be followed by strace, which then never ends.
  spawnSync("gpg-connect-agent", ["/bye"], { env: room.environment });
  const { GNUPGHOME = "", PASSWORD_STORE_DIR = "" } = room.environment;
  return { room, all: await scene(t, store, roles, { GNUPGHOME, PASSWORD_STORE_DIR }) };
}
