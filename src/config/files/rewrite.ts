import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { failureReason } from "../../system/failure-reason.ts";
import { editFile, FileChanged, NotAFile } from "../../system/files/atomic-write.ts";
import { UserError } from "../../system/user-error.ts";
import { quote } from "../shown.ts";
import { type Document, parseDocument, printDocument } from "./document.ts";
import type { FileKind } from "./lines.ts";

export interface Rewrite {
  readonly path: string;
  readonly kind: FileKind;
  /** The path as messages show it. */
  readonly shown: string;
  /** Returns the new document, made by the functions of `edit.ts`. */
  readonly edit: (document: Document) => Document;
}

/**
 * Edits a configuration file so that every reader, at any time, sees the old content or the new. A missing file
 * is edited as an empty one. Returns false when the edit changed nothing. Throws a UserError, with nothing
 * written, for a file that does not parse, cannot be read or written, or was changed by another program meanwhile.
 */
export async function rewriteFile({ path, kind, shown, edit }: Rewrite): Promise<boolean> {
  let wanted: Buffer | undefined;
  try {
    return await editFile(
      path,
      (before) => {
        if (before === undefined) refuseToMake(path, shown);
        const document = parseDocument(before ?? Buffer.alloc(0), shown, kind);
        wanted = printDocument(edit(document));
        return wanted;
      },
      (written) => {
        const document = parseDocument(written, shown, kind);
        if (!printDocument(document).equals(wanted ?? written))
          throw new Error(`${path} reads back differently`);
      },
    );
  } catch (error) {
    throw failure(error, shown);
  }
}

/**
 * A new file is made where nothing is, and not where the user means another place: behind a link into a volume that is
 * not mounted, or at a path whose variable is not set, which would be a folder called `$HOME`.
 */
function refuseToMake(path: string, shown: string): void {
  const [unset] = /\$\{?\w+\}?|^~[^/\\]*/.exec(path) ?? [];
  if (unset !== undefined) {
    throw new UserError(
      `${quote(shown)} is not there: ${quote(unset)} in it stands for nothing; nothing was written`,
      {
        hints: ["write the whole path into AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE"],
      },
    );
  }
  const target = behindLinks(path);
  if (target !== path && !existsSync(dirname(target))) {
    throw new UserError(
      `${shown} is a link to ${quote(target)}, whose folder is not there; nothing was written`,
      {
        hints: ["mount or make the folder, then run the same command again"],
      },
    );
  }
}

function behindLinks(path: string): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  return isLink ? behindLinks(resolve(dirname(path), readlinkSync(path))) : path;
}

function failure(error: unknown, shown: string): unknown {
  if (error instanceof FileChanged) {
    return new UserError(`${shown} was changed by another program meanwhile; nothing was written`, {
      hints: ["run the same command again"],
      cause: error,
    });
  }
  if (error instanceof NotAFile) {
    return new UserError(`${shown} is not a regular file; nothing was written`, { cause: error });
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const system = typeof code === "string" && /^E[A-Z0-9]+$/.test(code);
  if (!system) return error;
  return new UserError(`could not write ${quote(shown)}: ${failureReason(error)}; nothing was changed`, {
    cause: error,
  });
}
