// What both builds do to the sources.
import { readFileSync } from "node:fs";

/** Modules that the packages import and the program must not have, with what it gets in their place. */
const replacements = {
  // Keys are always given to the SDK's clients, so its default credential chain (SSO, ini files, web identity,
  // metadata: half of a chunk's bytes and milliseconds) is left out. Reaching it would be a bug, and says so.
  "@aws-sdk/credential-provider-node":
    'export const defaultProvider = () => { throw new Error("no credentials were given to the SDK"); };',
  // With DEBUG=* in the environment, the proxies' agents would write the proxy's password and whole requests, MFA
  // code and session token included, on standard error.
  debug: "export default () => () => {};",
};

export const replacing = {
  name: "replacing",
  resolveId: (id) => (id in replacements ? `\0replaced:${id}` : undefined),
  load: (id) => replacements[id.replace(/^\0replaced:/, "")],
};

/** Shell code comes as texts, without the comments and the indentation that are for its readers. Python needs the latter. */
export const shellTexts = {
  name: "shell-texts",
  load(path) {
    if (!/[/\\]src[/\\]emit[/\\].*\.(sh|zsh|fish|csh|elv|xsh|nu|ps1|cmd)$/.test(path)) return;
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .map((line) => (path.endsWith(".xsh") ? line.trimEnd() : line.trim()));
    const code = lines.filter((line) => line !== "" && !line.trimStart().startsWith("#"));
    return { code: code.map((line) => `${line}\n`).join(""), moduleType: "text" };
  },
};
