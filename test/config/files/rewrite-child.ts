import { parseDocument, printDocument } from "../../../src/config/files/document.ts";
import { setProperty } from "../../../src/config/files/edit.ts";
import { rewriteFile } from "../../../src/config/files/rewrite.ts";

// Run by rewrite.test.ts: `loop PATH` rewrites until it is killed, `once PATH` prints how one rewrite went.

const key = { type: "profile", name: "a" } as const;

/** The content that a rewrite leads to: `[profile a] turn` is `tick` or `tock`. */
export function turned(bytes: Buffer): Buffer {
  return printDocument(turn(parseDocument(bytes, "f", "config")));
}

function turn(document: ReturnType<typeof parseDocument>): ReturnType<typeof parseDocument> {
  const turn = document.sections.flatMap(({ properties }) => properties).find(({ name }) => name === "turn");
  return setProperty(document, key, "turn", turn?.value === "tick" ? "tock" : "tick");
}

const [, , how, path] = process.argv;
if (path !== undefined && how === "loop") {
  for (let count = 0; ; count += 1) {
    await rewriteFile({ path, kind: "config", shown: path, edit: turn });
    if (count === 0) process.stdout.write("ready\n");
  }
}
if (path !== undefined && how === "once") {
  try {
    process.stdout.write(
      `${await rewriteFile({ path, kind: "config", shown: "~/.aws/config", edit: turn })}\n`,
    );
  } catch (error) {
    process.stdout.write(`${error}\n`);
  }
}
