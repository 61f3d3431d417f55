import { Command, Option } from "clipanion";
import { warnOn } from "../../cli/attempt.ts";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { screenOf } from "../../cli/screen.ts";
import { quote } from "../../config/shown.ts";
import { timestamp } from "../../system/clock.ts";
import { printable } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";
import type { Entry, Life } from "./entry.ts";
import { gather, type Listing } from "./gather.ts";
import { cell, deviceCell, leftCell, profilesCell, tableOf } from "./table.ts";

export class ListCommand extends AwsAsCommand {
  static override paths = [["list"]];
  static override usage = Command.Usage({
    details: `
      On a terminal, a tree: whatever an identity's credentials come from stands above it. LEFT is its own session; where
      there is none, whether getting one takes a code. PROFILE is the profile by which AWS clients get it from aws-as.

      The identity of this shell has a \`*\`. With a word, those whose name, account or profile has it.

      Elsewhere, a line per identity with tabs between the fields, in this order: name, kind (user, role, external, limited),
      account, MFA device (? while nobody has asked IAM), time left, time left of the session that it is got with,
      profiles, error, \`*\` for the identity of this shell. What is not there is \`-\`.

      Asks nobody, calls nobody and reads no secret. The JSON is described in docs/json.md.
    `,
    examples: [
      ["some of them", "$0 list prod"],
      ["choose one, in a shell where aws-as is activated", '$0 "$($0 list | fzf | cut -f1)"'],
    ],
  });

  word = Option.String({ required: false });
  json = Option.Boolean("--json", false, { description: "print JSON, for programs" });

  protected override async perform(): Promise<string> {
    const { context } = this;
    const all = await gather(context.machine);
    const listing = { ...all, entries: all.entries.filter((entry) => matches(entry, this.word)) };
    if (all.entries.length > 0 && listing.entries.length === 0)
      throw new UserError(`no identity's name, account or profile has ${quote(this.word ?? "")}`, {
        hints: ["see all of them: aws-as list"],
      });
    if (this.json) return jsonList(listing);
    const { entries, store, passedOver, now } = listing;
    for (const text of passedOver) warnOn(context.stderr)(text);
    if (store.because !== null) warnOn(context.stderr)(`no sessions are shown: ${store.because}`);
    if (entries.length === 0) {
      context.stderr.write("aws-as: there is no identity yet; to begin: aws-as keys add NAME\n");
      return "";
    }
    const screen = screenOf(context);
    return screen.columns === undefined ? plainList(entries, now) : tableOf(entries, screen, now);
  }
}

function matches({ name, account = "", stanzas }: Entry, word = ""): boolean {
  const texts = [name, account, ...stanzas.map(({ profile }) => profile)];
  return texts.some((text) => text.toLowerCase().includes(word.toLowerCase()));
}

/**
 * One line per identity with tabs between: name, kind, account, device, time left of its session, of the session that
 * it is got with, profiles, error, whether this shell acts as it. No field is empty, so that whatever splits at blanks counts right. Pure.
 */
function plainList(entries: readonly Entry[], now: number): string {
  return entries
    .map((entry) => {
      const { name, kind, account, session, base, error } = entry;
      const fields = [
        cell(name),
        kind,
        cell(account ?? "-"),
        deviceCell(entry),
        leftCell(session, now),
        leftCell(base, now),
        profilesCell(entry),
        error === undefined ? "-" : printable(error.message),
        entry.isCurrent ? "*" : "-",
      ];
      return `${fields.join("\t")}\n`;
    })
    .join("");
}

/** The document of `list --json`, version 1 (docs/json.md). */
function jsonList({ entries, store, now }: Listing): string {
  return `${JSON.stringify({ version: 1, store, identities: entries.map((entry) => identityIn(entry, now)) })}\n`;
}

function identityIn(entry: Entry, now: number) {
  const { name, kind, position, source, account, device, deviceKnown, session, base, outcome, maySignIn } =
    entry;
  const { codeNeededAt, stanzas, error, isCurrent, signedIn, isProtected, currentLimits } = entry;
  return {
    name,
    kind,
    at: `${position.file}:${position.line}`,
    source: source ?? null,
    account: account ?? null,
    device: device ?? null,
    deviceKnown,
    session: end(session, now),
    base: end(base, now),
    outcome: outcome ?? null,
    maySignIn,
    nextCode: end(codeNeededAt === undefined ? undefined : { expiresAt: codeNeededAt }, now),
    profiles: stanzas.map(({ profile, position: line, adopted }) => ({
      name: profile,
      at: `${line.file}:${line.line}`,
      adopted,
    })),
    error: error?.message ?? null,
    isCurrent,
    signedIn: signedIn ?? null,
    isProtected,
    currentLimits: currentLimits ?? null,
  };
}

function end(life: Pick<Life, "expiresAt"> | undefined, now: number) {
  if (life === undefined) return null;
  return { expiration: timestamp(life.expiresAt), left: Math.floor((life.expiresAt - now) / 1000) };
}
