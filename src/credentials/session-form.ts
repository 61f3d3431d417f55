import type { Identity, Property, RoleHop } from "../config/resolve/identity.ts";
import { isNameForSts } from "../config/resolve/links.ts";
import { quote } from "../config/shown.ts";
import { UserError } from "../system/user-error.ts";

/** What a role session name may be made of; undefined: there is none of it. */
export interface NameParts {
  /** The local user, as a name that AWS takes. */
  readonly user: string;
  readonly agent: string | undefined;
}

/**
 * The identity with the names of its roles' sessions made by their forms. Pure.
 *
 * @param general the form of `[aws-as] session_name`, for roles of which nothing else says a name
 * @throws UserError where AWS would take no such name
 */
export function named(identity: Identity, general: Property | undefined, parts: NameParts): Identity {
  const { root, hops, limits = [] } = identity;
  // The outermost limit is the identity itself.
  const outermost = limits.findLast(({ sessionNameForm }) => sessionNameForm !== undefined)?.sessionNameForm;
  const last = hops.length - 1;
  const nameOf = (own: Property | undefined, said: string | undefined) => {
    const form = own ?? (said === undefined ? general : undefined);
    return form && filled(form, parts);
  };
  const withName = ({ sessionNameForm, ...hop }: RoleHop, index: number): RoleHop => {
    const own = (index === last ? outermost : undefined) ?? sessionNameForm;
    const name = nameOf(own, hop.roleSessionName);
    return name === undefined ? hop : { ...hop, roleSessionName: name, isNameFormed: true };
  };
  if (root.kind !== "web-identity") return { ...identity, hops: hops.map(withName) };
  const { sessionNameForm, ...rest } = root;
  const name = nameOf((last < 0 ? outermost : undefined) ?? sessionNameForm, root.sessionName);
  return {
    ...identity,
    root: { ...rest, ...(name !== undefined && { sessionName: name }) },
    hops: hops.map(withName),
  };
}

/**
 * The name that a form stands for. What is not there goes with the sign that joins it: `{user}-{agent}` is `me` where no
 * agent asks. Undefined where nothing is left.
 */
function filled({ value, position: at }: Property, { user, agent }: NameParts): string | undefined {
  const known: Readonly<Record<string, string | undefined>> = { user, agent };
  const wrong = (why: string) =>
    new UserError(`session_name = ${quote(value)} ${why}`, {
      at,
      hints: ["as in: session_name = {user}-{agent}"],
    });
  const joined = value.replace(/([+=,.@_-]?)\{([^{}]*)\}/g, (_, sign: string, word: string) => {
    if (!Object.hasOwn(known, word)) throw wrong(`has {${word}}; there are {user} and {agent}`);
    const text = known[word];
    return text === undefined ? "" : sign + text;
  });
  // What stood in front was not there.
  const isFirstAbsent = value.startsWith("{agent}") && agent === undefined;
  const name = isFirstAbsent ? joined.replace(/^[+=,.@_-]/, "") : joined;
  if (name === "") return undefined;
  if (!isNameForSts(name))
    throw wrong(`gives ${quote(name)}, and AWS takes 2 to 64 letters, digits or _+=,.@-`);
  return name;
}
