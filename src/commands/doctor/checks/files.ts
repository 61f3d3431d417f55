import { lineRules } from "../../../clients/rules.ts";
import { pathWord } from "../../../config/shown.ts";
import { type Findings, finding } from "../finding.ts";
import type { FileFacts, Snapshot } from "../snapshot.ts";

/** A rule has so many findings in a file, one for each line; the last of them counts the rest. */
const mostPerRule = 10;

/** The files as clients read them, and who else can read or write them. */
export function* checkFiles(snapshot: Snapshot): Findings {
  yield* checkFile(snapshot.files.config);
  yield* checkFile(snapshot.files.credentials);
  yield* checkModes(snapshot);
}

function* checkFile(file: FileFacts): Findings {
  const { shown, unreadable } = file;
  if (unreadable !== undefined) {
    yield finding("file-unreadable", {
      what: `the file cannot be read: ${unreadable}`,
      why: "every client stops here, or acts as if there were no profile",
      at: { file: shown },
      mend: `ls -ld ${pathWord(shown)}   (it has to be a file that you can read)`,
    });
    return;
  }
  const hits = lineRules.map((rule) => ({ rule, hits: rule.find(file.raw) }));
  const { errors } = file;
  for (const { line, message, hint } of errors) {
    const rule = hits.find((each) => each.hits.some((hit) => hit.line === line))?.rule;
    yield finding("file-syntax", {
      what: message,
      why: "aws-as uses nothing of the section, and most clients nothing of the file",
      at: { file: shown, line },
      clients: rule?.clients,
      mend: hint ?? rule?.mend ?? `correct line ${line} of ${shown}`,
    });
  }
  for (const { rule, hits: all } of hits) {
    // A line that aws-as itself cannot read is one finding, with all the clients that stumble over it.
    const further = all.filter(({ line }) => !errors.some((error) => error.line === line));
    const rest = further.length - mostPerRule;
    for (const [index, { line, what }] of further.slice(0, mostPerRule).entries()) {
      yield finding(rule.id, {
        what: index === mostPerRule - 1 && rest > 0 ? `${what}, and so do ${rest} lines more` : what,
        why: rule.why,
        at: { file: shown, line },
        clients: rule.clients,
        mend: rule.mend,
      });
    }
  }
}

const keys = "long-term keys in it are theirs too";

function* checkModes({ files, folders }: Snapshot): Findings {
  const all = [
    { ...files.config, theirs: holdsKeys(files.config) ? keys : undefined },
    { ...files.credentials, theirs: keys },
    ...folders.map((folder) => ({
      ...folder,
      theirs: folder.isOurs ? "the names of your identities, keys and devices are theirs too" : undefined,
    })),
  ];
  for (const { shown, disk, theirs } of all) {
    if (disk === undefined) continue;
    const { kind, mode } = disk;
    const mend = `chmod ${kind === "folder" ? "700" : "600"} ${pathWord(shown)}`;
    const what = `this ${kind} (mode ${mode.toString(8).padStart(3, "0").slice(-3)})`;
    // A folder with the sticky bit, such as /tmp, keeps others from replacing files.
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) {
      yield finding("file-writable-by-others", {
        what: `other users of this machine can write to ${what}`,
        why: "who writes there chooses the program that your AWS clients run",
        at: { file: shown },
        mend,
      });
    } else if ((mode & 0o044) !== 0 && theirs !== undefined) {
      yield finding("file-open-to-others", {
        what: `other users of this machine can read ${what}`,
        why: theirs,
        at: { file: shown },
        mend,
      });
    }
  }
}

function holdsKeys({ document }: FileFacts): boolean {
  const secret = /^(?:aws_secret_access_key|aws_session_token)$/;
  return document.sections.some(({ properties }) => properties.some(({ name }) => secret.test(name)));
}
