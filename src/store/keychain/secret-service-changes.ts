import { keychainError } from "./keychain-error.ts";
import type { Errand } from "./secret-service.ts";
import { answer, defaultKeyring, openItem, unlock } from "./secret-service-questions.ts";

/**
 * Writes where the item is, whichever keyring is the default by now. A label is given once, with the item: KWallet moves
 * an item whose label is set, and damages its secret.
 */
export async function write(
  name: string,
  text: string,
  label: string | undefined,
  errand: Errand,
): Promise<void> {
  const { secrets, inTime } = errand;
  const place = await openItem(name, await inTime(secrets.search(name)), errand);
  const secret = [await inTime(secrets.session()), Buffer.alloc(0), Buffer.from(text, "utf8"), "text/plain"];
  if (place.item !== undefined) {
    await inTime(secrets.ask(place.item, "Item", "SetSecret", "(oayays)", [secret]));
    return;
  }
  const properties = [
    ["org.freedesktop.Secret.Item.Label", ["s", label ?? name]],
    ["org.freedesktop.Secret.Item.Attributes", ["a{ss}", secrets.attributesOf(name)]],
  ];
  const [, prompt] = (await inTime(
    secrets.ask(place.keyring, "Collection", "CreateItem", "a{sv}(oayays)b", [properties, secret, true]),
  )) as [string, string];
  await answer(
    prompt,
    {
      sentence: "the keychain asks whether aws-as may write; allow it in its window",
      unanswered: "nobody allowed it",
    },
    errand,
  );
}

/** As in KeychainItems. What was removed is searched for again: a service may say yes and keep it. */
export async function remove(name: string, mayAsk: boolean, errand: Errand): Promise<boolean | undefined> {
  const { secrets, inTime } = errand;
  const search = () => inTime(secrets.search(name));
  let found = await search();
  if (found.unlocked.length + found.locked.length === 0) {
    // oo7 lists nothing of a locked keyring.
    const keyring = await inTime(defaultKeyring(secrets));
    if (!keyring?.locked) return false;
    if (!mayAsk) return undefined;
    await unlock([keyring.path], errand);
    found = await search();
  }
  if (found.locked.length > 0) {
    if (!mayAsk) return undefined;
    await unlock(found.locked, errand);
  }
  const paths = [...found.unlocked, ...found.locked];
  for (const path of paths) {
    const [prompt] = (await inTime(secrets.ask(path, "Item", "Delete"))) as [string];
    if (!mayAsk && prompt !== "/") return undefined;
    await answer(
      prompt,
      {
        sentence: "the keychain asks whether to remove an item; answer it in its window",
        unanswered: "nobody answered its question",
      },
      errand,
    );
  }
  if (paths.length === 0) return false;
  const left = await search();
  if (left.unlocked.length + left.locked.length === 0) return true;
  throw keychainError("failed", "linux", `"${name}" was to be removed, and is still there`);
}
