/**
 * The identity that a `credential_process` asks aws-as for: NAME of `aws-as process NAME`. Undefined for a
 * foreign command. The program may be `aws-as`, `aws-as.cjs`, or node with such a path, behind an `env` or not.
 */
export function stanzaIdentity(command: string): string | undefined {
  const words = programWords(command);
  if (isNode(words[0])) words.shift();
  if (!/^aws-as(?:\.cjs)?$/.test(programName(words[0])) || words[1] !== "process") return undefined;
  return words[2] === "--" ? words[3] : words[2];
}

/** The words of a command from its program on: without an `env` that only takes variables away, or sets some. */
export function programWords(command: string): string[] {
  const words = splitCommand(command);
  if (programName(words[0]) !== "env") return words;
  let at = 1;
  while (words[at] === "-u" || /^[A-Za-z_]\w*=/.test(words[at] ?? "")) at += words[at] === "-u" ? 2 : 1;
  return words.slice(at);
}

/** True for the path of a Node.js. Some distributions put the version into its name: node-22, nodejs20. */
export function isNode(path: string | undefined): boolean {
  return /^node(?:js)?(?:-?\d+(?:\.\d+)*)?$/.test(programName(path));
}

/** Base name without the endings that Windows runs, in lower case. */
export function programName(path = ""): string {
  const base = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return base.toLowerCase().replace(/\.(?:exe|cmd|bat|ps1)$/, "");
}

/**
 * The words of a command, split at white space outside quotes. A backslash escapes white space, a quote or itself, and
 * is an ordinary character elsewhere: `/opt/my\ tools/aws-as` and `C:\tools\aws-as.cmd` are both read right.
 */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoting = "";
  for (let index = 0; index < command.length; index += 1) {
    const char = command.charAt(index);
    const next = command.charAt(index + 1);
    if (char === "\\" && quoting !== "'" && next !== "" && " \t\"'\\".includes(next)) {
      word = (word ?? "") + next;
      index += 1;
    } else if (char === quoting) {
      quoting = "";
    } else if (quoting === "" && (char === '"' || char === "'")) {
      quoting = char;
      word ??= "";
    } else if (quoting === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
