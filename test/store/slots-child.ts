/**
 * Changes the slots of a file store in a process of its own: `FOLDER VERB WORD…`, with SSH_AUTH_SOCK, OLD and NEW
 * (passphrases) in the environment.
 */
import { fileStore } from "../../src/store/file/file.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";

const { SSH_AUTH_SOCK, OLD, NEW } = process.env;
const [, , folder = "", verb, word = ""] = process.argv;
const { unlocking } = fileStore({
  folder,
  userId: process.getuid?.(),
  clock: systemClock,
  passphrase: async (why, attempt) => {
    const text = why === "add" ? NEW : OLD;
    if (text === undefined || attempt > 1) throw new Error(`no passphrase to ${why}`);
    return new Secret(text);
  },
  agent: { socket: SSH_AUTH_SOCK, platform: process.platform },
  cost: { N: 16, r: 8, p: 1 },
});
if (verb === "passphrase") await unlocking.add({ kind: "passphrase" });
else if (verb === "ssh-agent") await unlocking.add({ kind: "ssh-agent", key: word });
else await unlocking.remove(word);
process.stdout.write("done\n");
