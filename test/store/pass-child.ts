/**
 * Uses a pass store from a process of its own, which finds everything in its environment:
 * `once FOLDER NAME TEXT` writes one time, `write FOLDER NAME FROM` until killed, `crowd FOLDER NAME TEXT` writes and
 * reads one time. Names that begin with "key" are long-term keys, others are sessions.
 */
import { passStore } from "../../src/store/pass.ts";
import { systemClock } from "../../src/system/clock.ts";

const [, , verb, folder = "", name = "", text = ""] = process.argv;
const store = passStore({
  folder,
  environment: process.env,
  home: process.env["HOME"] ?? "",
  userId: process.getuid?.(),
  clock: systemClock,
  timeLimitMs: 120_000,
});
const shared = { name: "shared", label: "shared", expiresAt: 4_000_000_000_000 };
const document = (of: string): string => JSON.stringify({ of, filler: `${of} `.repeat(2000) });
const itemOf = (of: string) => ({
  name: of,
  label: of,
  ...(of.startsWith("key") ? {} : { expiresAt: shared.expiresAt }),
});
if (verb === "once") {
  await store.write(itemOf(name), document(text));
} else if (verb === "crowd") {
  await store.write(itemOf(name), document(text));
  await store.write(shared, document(text));
  const [mine, common, listed] = [await store.read(name), await store.read(shared.name), await store.list()];
  const { of, filler } = JSON.parse(common ?? "{}");
  const whole = filler === `${of} `.repeat(2000);
  const isListed = listed.some((item) => item.name === name && item.label === name);
  process.stdout.write(JSON.stringify([mine === document(text), whole, isListed]));
} else {
  for (let count = Number(text); ; count += 1) {
    await store.write(itemOf(name), document(String(count)));
    if (count === Number(text)) process.stdout.write("writing\n");
  }
}
