import { isAbsolute } from "node:path";
import { besideRules, keyRules } from "../../../clients/choices.ts";
import { programName, splitCommand } from "../../../config/resolve/stanza.ts";
import { quote, at as shownAt } from "../../../config/shown.ts";
import { markedSections } from "../../../profiles/marks.ts";
import { planStanzas } from "../../../profiles/plan-stanzas.ts";
import { type Findings, finding } from "../finding.ts";
import type { Snapshot, StanzaFacts } from "../snapshot.ts";

/** Profiles with credential_process: whether it can run, is up to date, and what stands beside it. */
export function* checkStanzas(snapshot: Snapshot): Findings {
  for (const stanza of snapshot.stanzas) yield* checkProgram(stanza, snapshot);
  yield* checkOutdated(snapshot);
  yield* checkBeside(snapshot);
  yield* withoutStanzas(snapshot);
}

function* checkProgram(stanza: StanzaFacts, snapshot: Snapshot): Findings {
  const { profile, position: at, program, script, target } = stanza;
  const mend = again(stanza, snapshot);
  const who = `profile ${quote(profile)}`;
  if (snapshot.platform !== "win32" && [program.word, script?.path ?? ""].some(isOfWindows)) {
    yield finding("stanza-windows-path", {
      what: `${who} runs a program by a path of Windows`,
      why: "on this side of WSL there is no such program",
      at,
      mend,
    });
    return;
  }
  const missing = program.state === "missing" ? program.word : missingScript(stanza);
  if (missing !== undefined) {
    yield finding("stanza-program-missing", {
      what: `${who} runs ${quote(missing)}, which is not there`,
      why: "every client that uses the profile fails",
      at,
      mend,
    });
    return;
  }
  if (program.state === "not-executable") {
    yield finding("stanza-program-not-executable", {
      what: `${who} runs ${quote(program.word)}, which may not be executed`,
      why: "every client that uses the profile fails",
      at,
      mend: `chmod +x ${program.word}`,
    });
    return;
  }
  const relative = [program.word, ...(script === undefined ? [] : [script.path])].find(
    (path) => !isAbsolute(path),
  );
  if (relative !== undefined) {
    yield finding("stanza-program-relative", {
      what: `${who} runs ${quote(relative)} without its path`,
      why: "programs that a desktop starts (IDEs, database tools) have another PATH, and do not find it",
      at,
      mend,
    });
  }
  if (target !== undefined && relative === undefined && target.path !== snapshot.ownTarget) {
    const version = target.version === undefined ? "" : ` of version ${target.version}`;
    yield finding("stanza-other-program", {
      what: `${who} runs another aws-as${version}, ${quote(target.path)}`,
      why: `this one is ${quote(snapshot.ownTarget)} of version ${snapshot.program.version}: what you try here is not what clients run`,
      at,
      mend,
    });
  }
}

function missingScript({ script }: StanzaFacts): string | undefined {
  return script === undefined || script.readable ? undefined : script.path;
}

const isOfWindows = (path: string): boolean => /^[A-Za-z]:[\\/]|^\\\\/.test(path);

/** The command that writes the profile again: init touches only what it wrote. */
function again({ profile, identity }: StanzaFacts, snapshot: Snapshot): string {
  if (marked(snapshot).has(profile)) return `aws-as init ${identity}${prefixOption(profile, identity)}`;
  const text = snapshot.command?.text ?? "/path/to/aws-as";
  return `aws configure set profile.${profile}.credential_process '${text} process ${identity}'`;
}

function prefixOption(profile: string, identity: string): string {
  const prefix = profile.endsWith(identity) ? profile.slice(0, -identity.length) : "";
  return prefix === "as-" || prefix === "" ? "" : ` --prefix ${prefix}`;
}

function marked({ files }: Snapshot): ReadonlySet<string> {
  return markedSections(files.config.document).profiles;
}

/** What init would change. A profile whose program cannot run has a finding of its own, above. */
function* checkOutdated(snapshot: Snapshot): Findings {
  const { command, config, files } = snapshot;
  const { document } = files.config;
  const credentials = files.credentials.document;
  if (command === undefined) return;
  const ours = marked(snapshot);
  for (const stanza of snapshot.stanzas) {
    const { profile, identity, adopted, position, program } = stanza;
    if (adopted || !ours.has(profile) || !profile.endsWith(identity)) continue;
    if (program.state !== "there" || missingScript(stanza) !== undefined) continue;
    const prefix = profile.slice(0, -identity.length);
    const names = [identity];
    const input = { config, document, credentials, names, explicit: false, prefix, marked: ours };
    const { actions } = planStanzas({ ...input, command: command.text });
    const changes = actions.flatMap((action) =>
      action.kind === "update-stanza" ? [...action.set.map(([name]) => name), ...action.remove] : [],
    );
    // Another program is a finding of its own.
    const outdated = changes.filter(
      (name) => name !== "credential_process" || stanza.target?.path === snapshot.ownTarget,
    );
    if (outdated.length === 0) continue;
    yield finding("stanza-outdated", {
      what: `profile ${quote(profile)} is not as init would write it: ${outdated.join(", ")}`,
      why: `clients that use it differ from what ${quote(identity)} says`,
      at: position,
      mend: again(stanza, snapshot),
    });
  }
}

function* checkBeside({ config, files, platform }: Snapshot): Findings {
  for (const { name, properties } of config.profiles.values()) {
    const command = properties.get("credential_process");
    if (!command?.value) continue;
    const has = (property: string) => Boolean(properties.get(property)?.value);
    for (const { id, what, why, clients, culprit } of besideRules) {
      const property = culprit(has);
      const said = property === undefined ? undefined : properties.get(property);
      if (said === undefined) continue;
      yield finding(id, {
        what: `profile ${quote(name)}: ${what}`,
        why,
        at: said.position,
        clients,
        mend: `move it to the section [aws-as ${name}]   (credential_process: ${shownAt(command.position)})`,
      });
      break;
    }
    const key = properties.get("aws_access_key_id");
    if (key?.value) {
      const rule = key.position.file === files.credentials.shown ? keyRules.credentials : keyRules.config;
      yield finding(rule.id, {
        what: `profile ${quote(name)} has static keys beside its credential_process`,
        why: rule.why,
        at: key.position,
        clients: rule.clients,
        mend: `aws-as keys import ${name}`,
      });
    }
    const [program = ""] = splitCommand(command.value);
    if (
      platform === "win32" &&
      /[/\\]/.test(program) &&
      program.toLowerCase().endsWith(programName(program))
    ) {
      yield finding("process-without-extension", {
        what: `profile ${quote(name)} names its program without an extension`,
        why: "on Windows botocore starts it without a shell, and does not find it",
        at: command.position,
        mend: "write the program with its .exe, .cmd or .bat",
      });
    }
  }
}

function* withoutStanzas({ stanzas, identities, command }: Snapshot): Findings {
  if (stanzas.length === 0 && identities.length > 0) {
    yield finding("no-stanzas", {
      what: "no profile runs aws-as",
      why: "aws-cli and the SDKs do not know of it; only the shells that it switches do",
      mend: "aws-as init",
    });
  }
  for (const warning of command?.warnings ?? []) {
    yield finding("program-will-move", {
      what: warning.replace(/; then run aws-as init again$/, ""),
      why: "profiles that name this path then fail",
      mend: "aws-as init   (after the path has changed)",
    });
  }
}
