import type { Behaviour, RuleSeverity } from "./clients.ts";
import { sectionShown } from "./property-names.ts";
import type { RawFile, RawProperty, RawSection } from "./raw-file.ts";

/** One way of writing that not all clients read alike. */
export interface LineRule {
  readonly id: string;
  readonly severity: RuleSeverity;
  /** The consequence in one sentence. */
  readonly why: string;
  readonly clients: readonly Behaviour[];
  readonly mend: string;
  find(file: RawFile): readonly Hit[];
}

/** A line that a rule is about. `what` holds no text of the file but names that are known not to be secrets. */
export interface Hit {
  readonly line: number;
  readonly what: string;
}

export const whole = "refuses the whole file";
export const eachProfile = "every profile in the file is gone for these clients, not only this one";

export function everyProperty(sections: readonly RawSection[]): RawProperty[] {
  return sections.flatMap(({ properties }) => [...properties]);
}

export function headers(sections: readonly RawSection[]): RawSection[] {
  return sections.filter(({ line }) => line > 0);
}

/** False for [aws-as] and [aws-as NAME], which aws-as alone reads. */
export function isReadByClients({ type, name }: RawSection): boolean {
  return type !== "aws-as" && !(type === "" && name === "aws-as");
}

/** What is wrong with a section, as what follows its header in a sentence. */
type Judge = (section: RawSection) => string | undefined;

export function inConfig(judge: Judge): LineRule["find"] {
  return inFile("config", judge);
}

export function inCredentials(judge: Judge): LineRule["find"] {
  return inFile("credentials", judge);
}

function inFile(kind: RawFile["kind"], judge: Judge): LineRule["find"] {
  return (file) =>
    file.kind !== kind
      ? []
      : headers(file.sections)
          .filter(({ closed }) => closed)
          .flatMap((section) => {
            const said = judge(section);
            return said === undefined
              ? []
              : [{ line: section.line, what: `${sectionShown(section)} ${said}` }];
          });
}
