import type { Scope } from "./as-many-as-fit.ts";
import { type FakeAws, startFakeAws } from "./aws/fake-aws.ts";
import { configOfFive, worldOfFive } from "./aws/world-of-five.ts";
import { type Home, type HomeOptions, makeHome } from "./home.ts";
import { keyringSkip, startKeyring } from "./keyring.ts";

/** Where secrets rest in a test: the encrypted file with a passphrase, or a real gnome-keyring. */
export type StoreKind = "file" | "keychain";

/** A person with one key, one device and five roles, and the AWS that knows them. Ends with the test. */
export async function sceneOfFive(
  t: Scope,
  store: StoreKind = "file",
  options: Pick<HomeOptions, "newStore"> = {},
): Promise<{ fake: FakeAws; home: Home }> {
  const env = store === "keychain" ? await keychainEnvironment(t) : {};
  const fake = await startFakeAws({ world: worldOfFive() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, config: configOfFive(), env, ...options });
  t.after(() => home.remove());
  return { fake, home };
}

/** The reason to skip a test with that store, or false. */
export function withoutStore(store: StoreKind): string | false {
  return store === "keychain" ? keyringSkip() : false;
}

/** The environment of a real gnome-keyring, which ends with the test. */
export async function keychainEnvironment(t: Scope) {
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = keyring.environment;
  return {
    DBUS_SESSION_BUS_ADDRESS,
    XDG_RUNTIME_DIR,
    AWS_AS_STORE: "keychain",
    AWS_AS_PASSPHRASE: undefined,
  };
}
