import { type Document, parseDocument } from "../../config/files/document.ts";
import { splitLines } from "../../config/files/lines.ts";
import type { FileKind } from "../../config/files/lines.ts";
import { UserError } from "../../system/user-error.ts";

/** A file as aws-as would read it without the lines that it cannot read. */
export interface LenientDocument {
  readonly document: Document;
  /** Why aws-as refuses the file, line by line. */
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

/** More errors than these are not looked for: the file is then something else than an AWS file. */
const maxErrors = 100;

/**
 * Parses a file again and again, each time without the line that the parser stumbled over. A header that cannot be read
 * gives way to one that is ignored, so that its properties do not become those of the section before.
 */
export function parseLeniently(bytes: Buffer, file: string, kind: FileKind): LenientDocument {
  const errors: { line: number; message: string }[] = [];
  let text = bytes;
  while (errors.length < maxErrors) {
    try {
      return { document: parseDocument(text, file, kind), errors };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const [, line, message] = /:(\d+): (.*)$/s.exec(error.message) ?? [];
      if (line === undefined || message === undefined || !error.message.startsWith(`${file}:`)) throw error;
      errors.push({ line: Number(line), message });
      text = without(text, Number(line));
    }
  }
  return { document: parseDocument(Buffer.alloc(0), file, kind), errors };
}

function without(bytes: Buffer, number: number): Buffer {
  const lines = splitLines(bytes.toString("latin1"));
  const kept = lines.map(({ text, ending }, index) => {
    if (index !== number - 1) return text + ending;
    return (/^(?:\xef\xbb\xbf)?\[/.test(text) ? "[unreadable]" : "") + ending;
  });
  return Buffer.from(kept.join(""), "latin1");
}
