/** Uses a file store from a process of its own: `write FOLDER PASSPHRASE` until killed, `once FOLDER PASSPHRASE TEXT` one time. */
import { fileStore } from "../../src/store/file/file.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";

const [, , verb, folder = "", passphrase = "", text = ""] = process.argv;
const store = fileStore({
  folder,
  userId: process.getuid?.(),
  clock: systemClock,
  passphrase: async (_why, attempt) => {
    if (attempt > 1) throw new Error("wrong passphrase");
    return new Secret(passphrase);
  },
  cost: { N: 1024, r: 8, p: 1 },
});
const item = { name: "shared", label: "shared" };
if (verb === "once") {
  await store.write({ name: text, label: text }, text);
  const shared: (string | undefined)[] = [];
  for (let count = 0; count < 5; count += 1) {
    if (count % 2 === 0) await store.write(item, text.repeat(500));
    shared.push(await store.read(item.name));
  }
  process.stdout.write([await store.read(text), ...shared].join(" "));
} else {
  for (let count = Number(text); ; count += 1) {
    await store.write(item, `${count} `.repeat(2000));
    if (count === Number(text)) process.stdout.write("writing\n");
  }
}
