import type { Screen } from "../../cli/screen.ts";
import { type Behaviour, clientNames } from "../../clients/clients.ts";
import { groupedBy } from "../../system/grouped-by.ts";
import { printable } from "../../system/printable.ts";
import type { Examination } from "./examine.ts";
import { type Finding, type Place, type Severity, severityOrder } from "./finding.ts";

/** For a person: a line per finding with its place, and below it why, which clients stumble, and what mends it. */
export function formatReport({ findings, checked }: Examination, { colors }: Pick<Screen, "colors">): string {
  const paint = { broken: colors.red, warning: colors.yellow, note: colors.cyan };
  const lines: string[] = [];
  for (const each of findings) {
    lines.push(`${paint[each.severity](each.severity)}  ${colors.bold(sentence(each))}`);
    lines.push(`  ${shown(each.why)}`);
    for (const line of inGroups(each.clients ?? [])) lines.push(`  ${colors.dim(line)}`);
    lines.push(`  ${colors.dim("fix:")} ${shown(each.mend)}  ${colors.dim(`(${each.id})`)}`, "");
  }
  if (findings.every(({ id }) => id === "not-checked")) {
    lines.push(`nothing wrong; looked at ${checked.join(", ")}`);
  } else {
    lines.push(summary(findings));
  }
  return `${lines.join("\n")}\n`;
}

function sentence({ at, what }: Finding): string {
  return at === undefined ? shown(what) : `${shown(whereShown(at))}: ${shown(what)}`;
}

function whereShown({ file, line }: Place): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** The clients that do not do as is meant, those that do the same together. The others are in the JSON. */
function inGroups(behaviours: readonly Behaviour[]): string[] {
  const odd = behaviours.filter(({ outcome }) => outcome !== "fine");
  return [...groupedBy(odd, ({ does }) => does)].map(([does, same]) => {
    const names = same.flatMap(({ clients }) => clients.map((client) => clientNames[client]));
    return `${names.join(", ")}: ${does}`;
  });
}

function summary(findings: readonly Finding[]): string {
  const counts = severityOrder.map((severity) => countOf(findings, severity)).filter((text) => text !== "");
  return counts.join(", ");
}

const words: Readonly<Record<Severity, readonly [one: string, many: string]>> = {
  broken: ["thing is broken", "things are broken"],
  warning: ["warning", "warnings"],
  note: ["note", "notes"],
};

function countOf(findings: readonly Finding[], severity: Severity): string {
  const count = findings.filter((each) => each.severity === severity).length;
  return count === 0 ? "" : `${count} ${words[severity][count === 1 ? 0 : 1]}`;
}

/** Names come from files and variables that others may have written. */
function shown(text: string): string {
  return printable(text);
}

/** For programs: docs/doctor.md. */
export function jsonReport({ findings, checked }: Examination): string {
  const count = (severity: Severity) => findings.filter((each) => each.severity === severity).length;
  return `${JSON.stringify({
    version: 1,
    broken: count("broken"),
    warnings: count("warning"),
    notes: count("note"),
    findings: findings.map(({ id, severity, what, why, at, clients, mend }) => ({
      id,
      severity,
      what,
      why,
      at: at === undefined ? null : { file: at.file, line: at.line ?? null },
      clients: (clients ?? []).flatMap(({ does, outcome, clients: all }) =>
        all.map((client) => ({ client: clientNames[client], does, fine: outcome === "fine" })),
      ),
      mend,
    })),
    checked,
  })}\n`;
}
