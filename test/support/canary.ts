import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A secret as it may lie about: as it is, in base64 at each of the three places it can begin at, in hex, in UTF-16. */
function disguises(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // What the bytes before and after have a part in differs.
    return text.slice(offset === 0 ? 0 : 4, text.length - 4);
  });
  return [
    bytes,
    ...base64.flatMap((text) => [
      Buffer.from(text),
      Buffer.from(text.replaceAll("+", "-").replaceAll("/", "_")),
    ]),
    Buffer.from(bytes.toString("hex")),
    Buffer.from(bytes.toString("hex").toUpperCase()),
    Buffer.from(secret, "utf16le"),
  ];
}

/** True when the bytes hold the secret in any disguise. */
export function holdsSecret(bytes: Buffer, secret: string): boolean {
  return disguises(secret).some((each) => bytes.includes(each));
}

/** The files below a folder that hold the secret in any disguise. */
export function foundOnDisk(folder: string, secret: string, except: readonly string[] = []): string[] {
  const looks = disguises(secret);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !except.includes(file))
    .filter((file) => {
      const bytes = readFileSync(file);
      return looks.some((each) => bytes.includes(each));
    });
}
