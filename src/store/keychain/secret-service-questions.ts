import type { Environment } from "../../system/environment.ts";
import { KeychainError, keychainError } from "./keychain-error.ts";
import { hasDisplay, late, seconds, within } from "./keychain-items.ts";
import { type Errand, type Found, type SecretService, serviceName, servicePath } from "./secret-service.ts";

/** What the specification has in the place of a path that leads nowhere. */
const none = "/";

/** Milliseconds after which a question is taken to be on a screen. KWallet answers some by itself, within one. */
const shownAfterMs = 400;

/** The keyring that new items go to. */
export async function defaultKeyring(
  secrets: SecretService,
): Promise<{ readonly path: string; readonly locked: boolean } | undefined> {
  const [path] = (await secrets.ask(servicePath, "Service", "ReadAlias", "s", ["default"])) as [string];
  if (path === none) return undefined;
  return { path, locked: await isLocked(secrets, path) };
}

export async function isLocked(secrets: SecretService, keyring: string): Promise<boolean> {
  return (await secrets.property(keyring, "Collection", "Locked")) === true;
}

/** Whether items of ours are locked in a keyring that is not. */
export async function asksEachTime(secrets: SecretService): Promise<boolean> {
  const [, locked] = (await secrets.ask(servicePath, "Service", "SearchItems", "a{ss}", [
    [secrets.attributesOf("")[0]],
  ])) as [string[], string[]];
  return locked.length > 0;
}

/**
 * Where an item of this name is, unlocked; else where a new one goes. A person is asked where that takes one, and for a
 * miss too: what is got for it has to be written, which had better be known before a code is spent.
 */
export async function openItem(
  name: string,
  found: Found,
  errand: Errand,
): Promise<{ readonly item: string } | { readonly item?: undefined; readonly keyring: string }> {
  const { secrets, inTime } = errand;
  let { unlocked, locked } = found;
  if (unlocked.length === 0 && locked.length > 0) {
    await unlock([await newest(locked, errand)], errand);
    ({ unlocked, locked } = await inTime(secrets.search(name)));
    if (unlocked.length === 0) throw keychainError("locked", "linux");
  }
  if (unlocked.length > 0) return { item: await newest(unlocked, errand) };
  const keyring = await inTime(defaultKeyring(secrets));
  if (keyring === undefined) return { keyring: await makeKeyring(errand) };
  if (!keyring.locked) return { keyring: keyring.path };
  await unlock([keyring.path], errand);
  const again = await inTime(secrets.search(name));
  const isThere = again.unlocked.length + again.locked.length > 0;
  return isThere ? await openItem(name, again, errand) : { keyring: keyring.path };
}

/** Of several items of one name, as two databases of KeePassXC may hold them, the one that was written last. */
async function newest(paths: readonly string[], { secrets, inTime }: Errand): Promise<string> {
  const [first, ...others] = paths as [string, ...string[]];
  if (others.length === 0) return first;
  const dated = paths.map(async (path) => {
    // Not every service tells it of a locked item.
    const modified = await secrets.property(path, "Item", "Modified").catch(() => 0n);
    return { path, modified: modified as bigint };
  });
  return (await inTime(Promise.all(dated))).reduce((a, b) => (b.modified > a.modified ? b : a)).path;
}

/** Has the person unlock items or keyrings; rejects with `locked` or `cancelled` where they do not. */
export async function unlock(paths: readonly string[], errand: Errand): Promise<void> {
  const { secrets, inTime, options } = errand;
  refuseToAsk(options.environment);
  try {
    const [unlocked, prompt] = (await inTime(
      secrets.ask(servicePath, "Service", "Unlock", "ao", [paths]),
    )) as [string[], string];
    if (prompt !== none) return await answer(prompt, await questionFor(paths[0] ?? none, secrets), errand);
    if (!paths.every((path) => unlocked.includes(path))) throw new Error("it does not unlock");
  } catch (error) {
    // oo7 answers so where its window cannot come up.
    throw error instanceof KeychainError
      ? error
      : keychainError("locked", "linux", (error as Error).message, error);
  }
}

/** Where nobody is to be asked: a prompt's renewal, CI. */
function refuseToAsk(environment: Environment): void {
  if (environment["AWS_AS_PROMPT"] === "none")
    throw keychainError("locked", "linux", 'AWS_AS_PROMPT is "none"');
}

interface Question {
  /** For the person, once it is on the screen. */
  readonly sentence: string;
  /** What they did not do in time. */
  readonly unanswered: string;
}

const unlocking: Question = {
  sentence: "the keychain is locked; unlock it in the window that opens",
  unanswered: "nobody unlocked it",
};
const allowing: Question = {
  sentence: "the keychain asks whether aws-as may have this; allow it in its window",
  unanswered: "nobody allowed it",
};

/** KeePassXC says of an item that it is locked, in a database that is not, where it asks for each access. */
async function questionFor(path: string, secrets: SecretService): Promise<Question> {
  const [keyring] = /^\/org\/freedesktop\/secrets\/collection\/[^/]+(?=\/)/.exec(path) ?? [];
  return keyring === undefined || (await isLocked(secrets, keyring)) ? unlocking : allowing;
}

/** Puts a prompt on the screen and waits for its end; nothing to put there is no question. */
export async function answer(prompt: string, question: Question, errand: Errand): Promise<void> {
  if (prompt === none) return;
  const { secrets, options, personLimitMs } = errand;
  const bus = { path: "/org/freedesktop/DBus", member: "NameOwnerChanged" };
  for (const rule of [
    `path='${prompt}',member='Completed'`,
    `path='${bus.path}',member='${bus.member}',arg0='${serviceName}'`,
  ]) {
    await secrets.askBus("AddMatch", "s", [`type='signal',${rule}`]);
  }
  const signal = secrets.signal({ path: prompt, member: "Completed" }, bus);
  signal.catch(() => undefined);
  await errand.inTime(secrets.ask(prompt, "Prompt", "Prompt", "s", [""]));
  let ending = await within(shownAfterMs, signal);
  const isDismissed = ending !== late && ending.member !== bus.member && Boolean(ending.values[0]);
  // gnome-keyring takes a window that cannot come up as dismissed.
  if ((ending === late || isDismissed) && !hasDisplay(options.environment))
    throw keychainError("locked", "linux", "no display to ask on");
  if (ending === late) {
    options.tell?.(question.sentence);
    ending = await within(personLimitMs, signal);
  }
  if (ending === late)
    throw keychainError("locked", "linux", `${question.unanswered} ${seconds(personLimitMs)}`);
  if (ending.member === bus.member) throw keychainError("ended", "linux");
  if (ending.values[0]) throw keychainError("cancelled", "linux");
}

async function makeKeyring(errand: Errand): Promise<string> {
  const { secrets, options, inTime } = errand;
  if (!hasDisplay(options.environment) || options.mayMakeKeyring?.() === false)
    throw keychainError("no-collection", "linux");
  refuseToAsk(options.environment);
  const label = ["org.freedesktop.Secret.Collection.Label", ["s", "Default keyring"]];
  const [, prompt] = (await inTime(
    secrets.ask(servicePath, "Service", "CreateCollection", "a{sv}s", [[label], "default"]),
  )) as [string, string];
  const sentence = "there is no keyring yet; choose a password for it in the window that opens";
  await answer(prompt, { sentence, unanswered: "nobody chose a password for it" }, errand);
  const made = await inTime(defaultKeyring(secrets));
  if (made === undefined) throw keychainError("no-collection", "linux");
  return made.path;
}

/** What comes of work that took too long: the service may be waiting for a person, as KeePassXC does in a search. */
export async function overdue<T>(work: Promise<T>, errand: Errand): Promise<T> {
  const { secrets, options, timeLimitMs, personLimitMs } = errand;
  const alive = secrets.ping().then(() => true);
  const inTime = await within(timeLimitMs / 3, work);
  if (inTime !== late) return inTime as T;
  if ((await within(0, alive)) !== true)
    throw keychainError("hanging", "linux", `no answer ${seconds(timeLimitMs)}`);
  if (!hasDisplay(options.environment) && !options.hasTerminal?.())
    throw keychainError("locked", "linux", "it may be asking in a window of its own");
  options.tell?.("the keychain is asking; answer it in its window");
  const answered = await within(personLimitMs, work);
  if (answered !== late) return answered as T;
  throw keychainError("locked", "linux", `nobody answered its question ${seconds(personLimitMs)}`);
}
