import type { Screen } from "../../cli/screen.ts";
import { baseName } from "../../config/resolve/effective-profile.ts";
import type { Forecast } from "../../session/foresee.ts";
import { storeNames } from "../../store/secret-store.ts";
import { timeLeft } from "../../system/clock.ts";
import { printable } from "../../system/printable.ts";
import type { Expiry, ExplainedRole, ExplainedStep, Explanation, Question } from "./explanation.ts";

type Colors = Screen["colors"];

/** The lines of a drawing: what a step begins with, and what stands before its further lines. */
const strokes = {
  boxes: { root: "●", line: "│", step: "├─", last: "└─" },
  ascii: { root: "*", line: "|", step: "|-", last: "`-" },
};

/**
 * The explanation as a person would draw it: what happens now, then the way from the root down to the identity, then
 * what else there is to know. Pure.
 */
export function draw(explanation: Explanation, { boxes, colors }: Screen): string {
  const { root, line, step, last } = boxes ? strokes.boxes : strokes.ascii;
  const way = [
    `${colors.cyan(root)} ${safe(`${explanation.root.profile}: ${explanation.root.text} (${explanation.root.at})`, colors)}`,
    ...explanation.steps.flatMap((each, index) => {
      const isLast = index === explanation.steps.length - 1;
      const [head = "", ...rest] = stepLines(each, index, colors);
      const indent = isLast ? "   " : `${colors.cyan(line)}  `;
      return [
        colors.cyan(line),
        `${colors.cyan(isLast ? last : step)} ${head}`,
        ...rest.map((text) => `${indent}   ${text}`),
      ];
    }),
  ];
  const lines = [
    headline(explanation, colors),
    nowLine(explanation, colors),
    "",
    ...way,
    "",
    ...aboutLines(explanation, colors),
  ];
  return lines.map((text) => `${text}\n`).join("");
}

function safe(text: string, colors: Colors): string {
  const [, start = "", place = ""] = /^(.*?)(\s\([^()]*:\d+\))?$/s.exec(printable(text)) ?? [];
  return start + colors.dim(place);
}

function headline({ identity, asked, askedAt, kind, account, steps }: Explanation, colors: Colors): string {
  const role = steps.findLast((step) => step.role !== null)?.role?.arn;
  const plain = role === undefined ? kinds[kind] : `role ${role.slice(role.indexOf(":role/") + 6)}`;
  const what = kind === "limited" && role !== undefined ? `${plain}, limited` : plain;
  const where = account === null ? "" : ` in account ${account}`;
  const by = asked === identity ? "" : `${asked}${askedAt === null ? "" : ` (${askedAt})`} stands for `;
  return printable(by) + colors.bold(printable(identity)) + printable(`: ${what}${where}`);
}

const kinds = {
  user: "user",
  role: "role",
  external: "credentials of another source",
  limited: "limited",
} as const;

function nowLine(explanation: Explanation, colors: Colors): string {
  const { outcome, asks, nextCode } = explanation.now;
  const { steps, store } = explanation;
  const leaf = steps.at(-1);
  const left = leaf?.session ? ` for ${formatLeft(leaf.session)}` : "";
  const next = nextCode === null ? "" : `; a code is needed again in ${formatLeft(nextCode)}`;
  const paint = asks.length > 0 || outcome === "device" ? colors.yellow : colors.green;
  const words = {
    reuse: `nobody is asked, the cached session is good${left}`,
    renew: asks.map(formatQuestion).join("; ") || "nobody is asked, a new session is got without a code",
    ask: asks.map(formatQuestion).join("; "),
    device: "IAM is asked for the user's MFA device, and if there is one, a person for its code",
  };
  const shut = store.state === "locked" ? "; the store has to be unlocked first" : "";
  const blind = store.listed ? "" : "; what is cached is not known";
  return `now: ${paint(printable(words[outcome] + next + shut + blind))}`;
}

function formatQuestion(question: Question): string {
  if (question.kind === "sign-in") {
    return `nobody is asked while the last sign-in holds, else for a sign-in in a browser (${question.to})`;
  }
  const need = question.certain ? "is" : "may be";
  return `a code of ${question.device} ${need} needed, ${formatAskMethod(question)}`;
}

function formatAskMethod({ way, window, because }: Extract<Question, { kind: "code" }>): string {
  switch (way) {
    case "given":
      return "and is given (AWS_AS_MFA_CODE)";
    case "process":
      return "and mfa_process gives it";
    case "terminal":
      return "and is asked for on this terminal";
    case "cannot-ask":
      return `and nobody can be asked here: ${because}`;
    default:
      return `and is asked for in a ${way}${window === null ? "" : ` (${window})`}`;
  }
}

function stepLines(step: ExplainedStep, index: number, colors: Colors): string[] {
  const { call, at, because, device, role } = step;
  const life = step.duration === null ? "" : ` for ${span(step.duration)}`;
  const what = printable(`${role === null ? "" : ` ${role.arn}`}${life}`);
  const place = step.kind === "role" || step.kind === "limit" ? colors.dim(printable(` (${at})`)) : "";
  const condition = step.kind === "source" ? ", if it gives a long-term key" : "";
  const code =
    device === null
      ? []
      : [`with a code of ${device.serial}${condition}${device.at ? ` (${device.at})` : ""}`];
  return [
    `${index + 1}. ${colors.bold(call)}${what}${place}`,
    ...code.map((text) => safe(text, colors)),
    safe(because, colors),
    ...(role === null ? [] : extras(role)).map((text) => safe(text, colors)),
    formatState(step, colors),
  ];
}

function formatState(step: ExplainedStep, colors: Colors): string {
  const { forecast, session } = step;
  if (forecast === null) return colors.dim("whether a session is cached shows when the device is known");
  const paint = forecast === "ask" ? colors.yellow : forecast === "idle" ? colors.dim : colors.green;
  return paint(printable(`${cached(session)}: ${forecasts[forecast](step)}`));
}

const forecasts: Readonly<Record<Forecast, (step: ExplainedStep) => string>> = {
  reuse: ({ reason }) =>
    reason === "only-a-person-can-renew" ? "used to its end, only a person can renew it" : "used",
  call: ({ reason }) =>
    reason === "expires-soon" ? "ends soon, renewed without a code" : "a new one is got without a code",
  ask: ({ kind, reason }) =>
    reason === "code-too-old"
      ? "its code is too old for the role, a new one takes a code"
      : `a new one ${kind === "source" ? "may take" : "takes"} a code`,
  keep: () => "ends soon and is used, renewing it now would take a person",
  idle: ({ decision }) =>
    decision === "reuse" ? "not needed now" : "not needed now, what comes after it is good",
};

function cached(session: Expiry | null): string {
  if (session === null) return "not cached";
  return session.left > 0
    ? `cached, ${formatLeft(session)} left, until ${session.expiration}`
    : `cached, but ended ${timeLeft(-session.left * 1000)} ago`;
}

const fromOf: Readonly<Record<ExplainedRole["sessionNameFrom"], string>> = {
  profile: "",
  session_name: " (session_name)",
  AWS_ROLE_SESSION_NAME: " (AWS_ROLE_SESSION_NAME)",
  "IAM user": " (the IAM user)",
  "local user": " (the local user)",
};

function extras(role: ExplainedRole): string[] {
  const tags = Object.entries(role.tags).map(([key, value]) => `${key}=${value}`);
  const parts = [
    `session name ${role.sessionName}${fromOf[role.sessionNameFrom]}`,
    ...(role.externalId === null ? [] : [`external id ${role.externalId}`]),
    ...(role.sourceIdentity === null ? [] : [`source identity ${role.sourceIdentity}`]),
    ...(role.policy ? ["a session policy"] : []),
    ...(role.policyArns.length === 0 ? [] : [`policies ${role.policyArns.join(" ")}`]),
    ...(tags.length === 0 ? [] : [`tags ${tags.join(" ")}`]),
    ...(role.transitiveTagKeys.length === 0 ? [] : [`transitive ${role.transitiveTagKeys.join(" ")}`]),
  ];
  return [parts.join(", ")];
}

function aboutLines(
  { identity, region, endpoint, store, profiles, notes, protected: said }: Explanation,
  colors: Colors,
): string[] {
  const address = [
    ...(endpoint.sts === null ? [] : [`STS at ${endpoint.sts}`]),
    ...(endpoint.iam === null || endpoint.iam === endpoint.sts ? [] : [`IAM at ${endpoint.iam}`]),
    ...(endpoint.fips ? ["FIPS"] : []),
    ...(endpoint.dualStack ? ["dual-stack"] : []),
    ...(endpoint.caBundle === null ? [] : [`trusting ${endpoint.caBundle}`]),
  ];
  const lines: [string, string][] = [
    ["profile", profiles.map(({ name, at }) => `${name} (${at})`).join(", ") || noProfile(identity)],
    ["region", `${region.name} (${region.from ?? "by default"})`],
    ...(address.length === 0 ? [] : [["endpoint", address.join(", ")] as [string, string]]),
    ["store", formatStore(store)],
  ];
  return [
    ...(said === null
      ? []
      : [
          `${colors.red("protected:")} ${printable(`it is handed out when somebody types its name at this terminal (${said})`)}`,
        ]),
    ...lines.map(([name, text]) => `${`${name}:`.padEnd(10)}${printable(text)}`),
    ...notes.map((note) => `${colors.yellow("note:")}     ${printable(note)}`),
  ];
}

function noProfile(identity: string): string {
  if (identity.startsWith("arn:") || baseName(identity) !== identity) return "none";
  return `none yet, to write one: aws-as init ${identity.startsWith("-") ? "-- " : ""}${identity}`;
}

function formatStore({ kind, from, state, because }: Explanation["store"]): string {
  const name = kind === null ? "none" : storeNames[kind];
  const said = from === null ? "" : ` (${from})`;
  const how = state === null || state === "ready" ? "" : `, ${state.replaceAll("-", " ")}`;
  return `${name}${said}${how}${because === null ? "" : `: ${because}`}`;
}

/** The time until an expiry that is not past. */
function formatLeft({ left }: Expiry): string {
  return timeLeft(left * 1000);
}

/** Seconds in units: `12 h`, `15 min`. */
function span(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const parts = [
    ...(hours > 0 ? [`${hours} h`] : []),
    ...(minutes > 0 ? [`${minutes} min`] : []),
    ...(rest > 0 ? [`${rest} s`] : []),
  ];
  return parts.join(" ");
}
