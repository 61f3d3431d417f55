import { suggest } from "../../system/suggest.ts";
import { UserError } from "../../system/user-error.ts";
import type { AwsConfig, UnreadSection } from "../aws-config.ts";
import { plainName, sectionName } from "../files/lines.ts";
import { quote } from "../shown.ts";
import type { Property } from "./identity.ts";

/** A section's type as its header and as messages name it. */
type SectionKind = "profile" | "sso-session" | "services";

/**
 * Why a name is not found though a section bears it: `[profile ü-dev]` is there, and the grammar rules it out. Undefined
 * where no section has anything of the kind. Pure.
 */
export function unreadSection(config: AwsConfig, kind: SectionKind, name: string): UserError | undefined {
  const said = plainName(name);
  const found = config.unread.find((section) => isNamed(section, kind, said));
  return found === undefined ? undefined : whyUnread(found, kind, name);
}

/**
 * The error for a property that names a section that is not there, or that is there and not read. Pure.
 *
 * @param said who names what; `none` follows where there is none of the `names`
 */
export function lostReference(
  config: AwsConfig,
  kind: SectionKind,
  { value, position }: Property,
  { said, none, names }: { readonly said: string; readonly none: string; readonly names: readonly string[] },
  target = value,
): UserError {
  const unread = unreadSection(config, kind, target);
  const [what, hints] =
    unread === undefined
      ? [none, hintsFor(config, target, names)]
      : [`that is not read: ${unread.message}`, unread.hints];
  return new UserError(`${said}, and ${what}`, { at: position, hints });
}

/** What helps where a name is not there: names like it, or the lines that belong to no section. Pure. */
export function hintsFor(config: AwsConfig, name: string, names: readonly string[]): string[] {
  const close = suggest(name, names);
  if (close.length > 0) return [`did you mean ${close.map(quote).join(" or ")}?`];
  return config.strayLines.slice(0, 1).map(({ message }) => `it may be because of ${message}: aws-as doctor`);
}

/** One sentence for all sections that stand for profiles and are not read; undefined: there is none. Pure. */
export function passedOver(config: AwsConfig): string | undefined {
  const lines = [
    ...config.unread.filter(meansProfile).map(({ position }) => position),
    ...config.strayLines.slice(0, 1).flatMap(({ at }) => at ?? []),
  ].map(({ file, line }) => `${file}:${line}`);
  if (lines.length === 0) return undefined;
  const most = 5;
  const more = lines.length > most ? ` and ${lines.length - most} more` : "";
  const [what, are] = lines.length === 1 ? ["1 section", "is"] : [`${lines.length} sections`, "are"];
  return `${what} of the AWS files ${are} not read (${lines.slice(0, most).join(", ")}${more}); why: aws-as doctor`;
}

/** Sections of other programs, such as `[plugins]` of aws-cli, are no profiles. */
function meansProfile({ inside, kind, error }: UnreadSection): boolean {
  return kind === "credentials" || error !== undefined || /^profile(?:\s|$)/i.test(inside);
}

function isNamed({ inside, kind }: UnreadSection, type: SectionKind, said: string): boolean {
  const [first = "", ...rest] = inside.split(/\s+/);
  const isTyped = first.toLowerCase() === type && rest.length > 0;
  // `[work]` in the config file lacks its type; `[profile work]` in the credentials file has one too much.
  const isBare = type === "profile" && (kind === "credentials" || rest.length === 0);
  return (isTyped && plainName(rest.join(" ")) === said) || (isBare && plainName(inside) === said);
}

function whyUnread({ inside, kind, position, error }: UnreadSection, type: SectionKind, name: string) {
  if (error !== undefined) return error;
  const shown = quote(name);
  const fail = (what: string, hint: string) =>
    new UserError(what, { at: position, hints: [hint, "see how clients read it: aws-as doctor"] });
  const isTyped = /^\S+\s/.test(inside);
  if (kind === "credentials" && isTyped && /^profile\s/i.test(inside)) {
    return fail(
      `the section of ${shown} is written with the word profile, which belongs in the config file alone`,
      "write its header as [NAME]",
    );
  }
  if (kind === "config" && !isTyped) {
    return fail(
      `the section of ${shown} lacks the word profile, so that clients pass over it`,
      "write its header as [profile NAME]",
    );
  }
  const said = kind === "config" ? inside.replace(/^\S+\s+/, "") : inside;
  if (kind === "config" && !inside.startsWith(`${type} `) && !inside.startsWith(`${type}\t`)) {
    return fail(
      `the header of ${shown} does not begin with [${type} and a blank, so that clients pass over it`,
      `write its header as [${type} NAME]`,
    );
  }
  if (sectionName.test(plainName(said).replaceAll(" ", "")) && !/["']/.test(said)) {
    return fail(
      `the name ${shown} has a blank and no quotes, so that aws-as, aws-cli and others do not read the section`,
      "choose a name without blanks, or put it in quotes, which aws-cli and aws-as read",
    );
  }
  return fail(
    `the name ${shown} has letters that not all AWS clients take, so aws-as does not read the section`,
    "rename it: letters, digits and _.@:/+%- are read by every client",
  );
}
