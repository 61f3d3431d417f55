/**
 * The window in which gnome-keyring asks for a password, without the window: it takes the name of the desktop's
 * prompter on a bus and answers by itself. gnome-keyring and it encrypt the password between them (Diffie-Hellman,
 * HKDF, AES-CBC), as in https://gitlab.gnome.org/GNOME/gcr/-/blob/3.41.1/gcr/gcr-secret-exchange.c
 */
import { createCipheriv, getDiffieHellman, hkdfSync, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { userInfo } from "node:os";
import {
  firstMessage,
  type Message,
  marshal,
  messageBytes,
  unmarshal,
} from "../../src/store/keychain/dbus.ts";

export interface Prompter {
  /** How many questions came so far. */
  questions(): number;
  close(): void;
}

type Group = ReturnType<typeof getDiffieHellman>;

/** Our side of the exchange; with the asker's side, the password encrypted for it. */
function exchange(group: Group, theirs?: string, password = ""): string {
  const greeting = `[sx-aes-1]\npublic=${group.getPublicKey("base64")}\n`;
  const theirKey = /^public=(.*)$/m.exec(theirs ?? "")?.[1];
  if (!theirKey) return greeting;
  const shared = group.computeSecret(Buffer.from(theirKey, "base64"));
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-128-cbc", Buffer.from(hkdfSync("sha256", shared, "", "", 16)), iv);
  const secret = Buffer.concat([cipher.update(password), cipher.final()]).toString("base64");
  return `${greeting}secret=${secret}\niv=${iv.toString("base64")}\n`;
}

function answerBytes(serial: number, to: Message): Buffer {
  const fields = [
    [5, ["u", to.serial]],
    [6, ["s", to.fields.get(7)]],
  ];
  const header = marshal("yyyyuua(yv)", [0x6c, 2, 1, 1, 0, serial, fields]);
  return Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8)]);
}

/** Milliseconds that a person takes: what is answered at once was no question to a person. */
const thinkingMs = 600;

/** `answer`: a password, "dismiss", or "ignore", no sooner than `when`. Resolves when questions come here. */
export async function startPrompter(busPath: string, answer: string, when: Promise<void>): Promise<Prompter> {
  const socket = connect(busPath);
  let serial = 0;
  let questions = 0;
  let received = Buffer.alloc(0);
  let authenticated = false;
  // One pair of keys: gnome-keyring agrees on the first it is shown.
  const group = getDiffieHellman("modp5");
  group.generateKeys();
  const callBack = (asker: string, path: string, reply: string, exchanged: string): void => {
    serial += 1;
    socket.write(
      messageBytes(serial, {
        destination: asker,
        path,
        interface: "org.gnome.keyring.internal.Prompter.Callback",
        member: "PromptReady",
        signature: "sa{sv}s",
        body: [reply, [], exchanged],
      }),
    );
  };
  const take = (message: Message): void => {
    if (message.type !== 1) return;
    const member = message.fields.get(3);
    const asker = String(message.fields.get(7));
    const [path, , , theirs] = unmarshal(String(message.fields.get(8) ?? ""), message.body)
      .values as string[];
    serial += 1;
    socket.write(answerBytes(serial, message));
    if (member === "BeginPrompting") callBack(asker, path ?? "", "", exchange(group));
    if (member !== "PerformPrompt") return;
    questions += 1;
    if (answer === "ignore") return;
    setTimeout(async () => {
      await when;
      if (answer === "dismiss") callBack(asker, path ?? "", "no", "");
      else callBack(asker, path ?? "", "yes", exchange(group, theirs, answer));
    }, thinkingMs);
  };
  const ready = new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!authenticated) {
        const end = received.indexOf("\r\n");
        if (end < 0) return;
        authenticated = true;
        received = received.subarray(end + 2);
      }
      for (let next = firstMessage(received); next; next = firstMessage(received)) {
        received = received.subarray(next.length);
        // The answer to the second call of ours: the name is taken.
        if (next.message.type === 2 && next.message.fields.get(5) === 2) resolve();
        take(next.message);
      }
    });
  });
  const driver = {
    destination: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
  };
  const name = "org.gnome.keyring.SystemPrompter";
  socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(userInfo().uid)).toString("hex")}\r\nBEGIN\r\n`);
  socket.write(messageBytes(1, { ...driver, member: "Hello" }));
  socket.write(messageBytes(2, { ...driver, member: "RequestName", signature: "su", body: [name, 0] }));
  serial = 2;
  await ready;
  return { questions: () => questions, close: () => socket.destroy() };
}
