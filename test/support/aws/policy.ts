import { Refusal } from "./refusal.ts";

/** One statement of an IAM policy. Only what the fake understands; it throws on anything else. */
export interface Statement {
  Effect: "Allow" | "Deny";
  /** Trust policies only: ARNs, account ids, or `*`; for a token's call the ARNs of identity providers. */
  Principal?: "*" | { AWS: string | string[] } | { Federated: string | string[] };
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  /** Operator to condition key to values: `{ Bool: { "aws:MultiFactorAuthPresent": "true" } }`. */
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** An IAM policy document, as IAM writes it. */
export interface PolicyDocument {
  Version?: string;
  Statement: Statement[];
}

/** What a statement is held against. A context key that AWS would not send is absent. */
export interface Question {
  action: string;
  resource: string;
  context: Readonly<Record<string, string | readonly string[]>>;
}

/** How a statement's principal fits a caller: by its own ARN, or because its whole account is trusted. */
export type PrincipalFit = "itself" | "account" | undefined;

export type Verdict = "allow" | "deny" | "none";

/**
 * A policy document as a request holds it, checked as far as AWS checks it before it is used.
 *
 * @param where `inline`: IAM takes no wildcard for a service there, its own managed policies may have one
 */
export function readPolicy(text: string, where: "inline" | "managed"): PolicyDocument {
  const malformed = (why: string) => new Refusal("MalformedPolicyDocument", 400, why);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("This policy contains invalid Json");
  }
  if (typeof document !== "object" || document === null || !("Statement" in document))
    throw malformed("Syntax errors in policy.");
  const said = (document as { Statement: Statement | Statement[] }).Statement;
  const all = Array.isArray(said) ? said : [said];
  for (const { Effect, Action, NotAction, Resource } of all) {
    if (!["Allow", "Deny"].includes(Effect) || Resource === undefined || (Action ?? NotAction) === undefined)
      throw malformed("Syntax errors in policy.");
    for (const action of list(Action ?? NotAction ?? [])) {
      const vendor = action.split(":")[0] ?? "";
      if (action === "*") continue;
      if (!action.includes(":")) throw malformed("Actions/Conditions must be prefaced by a vendor");
      if (where === "inline" && !/^[a-z0-9-]+$/.test(vendor))
        throw malformed(`Vendor ${vendor} is not valid`);
    }
  }
  return { Statement: all };
}

/** Managed policies of AWS's own, by name, as far as the tests need them. */
export const managedPolicies: Readonly<Record<string, string>> = {
  ReadOnlyAccess: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["*:Describe*", "*:Get*", "*:List*"], Resource: "*" }],
  }),
};

/** The verdict of identity policies: a Deny anywhere wins. */
export function judge(documents: readonly PolicyDocument[], question: Question): Verdict {
  const fitting = statements(documents).filter((statement) => applies(statement, question));
  if (fitting.some((statement) => statement.Effect === "Deny")) return "deny";
  return fitting.some((statement) => statement.Effect === "Allow") ? "allow" : "none";
}

/**
 * The verdict of a role's trust policy, with how the caller was named where it is allowed. A caller named itself needs no
 * identity policy in its own account; an account that is named only passes the decision on to its administrators.
 */
export function judgeTrust(
  document: PolicyDocument,
  question: Question,
  fit: (principal: string) => PrincipalFit,
): { verdict: Verdict; fit: PrincipalFit } {
  const fits: { effect: Statement["Effect"]; fit: PrincipalFit }[] = [];
  for (const statement of document.Statement) {
    if (statement.Principal === undefined) throw new Error("a trust policy's statement needs a Principal");
    const named = principalsOf(statement.Principal);
    const how = named.map(fit).sort((one, other) => Number(other === "itself") - Number(one === "itself"))[0];
    if (how && applies({ ...statement, Resource: "*" }, question)) {
      fits.push({ effect: statement.Effect, fit: how });
    }
  }
  if (fits.some(({ effect }) => effect === "Deny")) return { verdict: "deny", fit: undefined };
  const best = fits.find((one) => one.fit === "itself") ?? fits[0];
  return best ? { verdict: "allow", fit: best.fit } : { verdict: "none", fit: undefined };
}

function principalsOf(principal: Exclude<Statement["Principal"], undefined>): readonly string[] {
  if (principal === "*") return ["*"];
  return list("AWS" in principal ? principal.AWS : principal.Federated);
}

function statements(documents: readonly PolicyDocument[]): Statement[] {
  return documents.flatMap((document) => document.Statement);
}

function applies(statement: Statement, question: Question): boolean {
  const { Action, NotAction, Resource, Condition } = statement;
  const action = question.action.toLowerCase();
  const actionFits = Action
    ? list(Action).some((pattern) => like(pattern.toLowerCase(), action))
    : !list(NotAction ?? []).some((pattern) => like(pattern.toLowerCase(), action));
  return (
    actionFits &&
    fill(list(Resource ?? []), question.context).some((pattern) => like(pattern, question.resource)) &&
    Object.entries(Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, expected]) =>
        holds(operator, question.context[key], fill(list(expected), question.context)),
      ),
    )
  );
}

/**
 * The values with their policy variables filled in, such as `${aws:username}`. One whose variable has no value is left
 * out, since nothing fits it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function fill(values: readonly string[], context: Question["context"]): string[] {
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return values.flatMap((value) => {
    let isWhole = true;
    const text = value.replaceAll(/\$\{([\w:/-]+)\}/g, (_, name: string) => {
      const found = known.get(name.toLowerCase());
      if (typeof found === "string") return found;
      isWhole = false;
      return "";
    });
    return isWhole ? [text] : [];
  });
}

const comparisons: Record<string, (actual: string, expected: string) => boolean> = {
  Bool: (actual, expected) => actual === expected.toLowerCase(),
  StringEquals: (actual, expected) => actual === expected,
  StringLike: (actual, expected) => like(expected, actual),
  NumericLessThan: (actual, expected) => Number(actual) < Number(expected),
  NumericLessThanEquals: (actual, expected) => Number(actual) <= Number(expected),
  NumericGreaterThan: (actual, expected) => Number(actual) > Number(expected),
  DateLessThan: (actual, expected) => Date.parse(actual) < Date.parse(expected),
};

/** IfExists holds where the key is absent; without it an absent key is never a match, not even for `false`. */
function holds(
  operator: string,
  actual: string | readonly string[] | undefined,
  expected: readonly string[],
): boolean {
  if (operator === "Null") return (actual === undefined) === (expected[0] === "true");
  const [, set, name, ifExists] =
    /^(ForAllValues:|ForAnyValue:)?([A-Za-z]+?)(IfExists)?$/.exec(operator) ?? [];
  const compare = name === undefined ? undefined : comparisons[name];
  if (!compare) throw new Error(`the fake does not know the condition operator ${operator}`);
  const values = typeof actual === "string" ? [actual] : (actual ?? []);
  const fits = (value: string) => expected.some((one) => compare(value, one));
  if (set === "ForAllValues:") return values.every(fits);
  if (actual === undefined) return ifExists !== undefined;
  return values.some(fits);
}

function like(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}
