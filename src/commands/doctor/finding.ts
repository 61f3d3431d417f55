import type { FindingId, Severity } from "./catalogue.ts";
import { severities } from "./catalogue.ts";

/** What one AWS client, or a group of them, makes of a thing. */
export interface ClientView {
  readonly client: string;
  readonly does: string;
}

/** A place in a file, as messages name it. Lines count from 1; absent: the whole file. */
export interface Place {
  readonly file: string;
  readonly line?: number;
}

/** One thing that is wrong, or that somebody should know. Never holds the text of a line that may be a secret. */
export interface Finding {
  readonly id: FindingId;
  readonly severity: Severity;
  /** One sentence without a period. */
  readonly what: string;
  /** The consequence, and for whom. */
  readonly why: string;
  readonly at?: Place;
  /** Where clients differ: each with what it does. */
  readonly clients?: readonly ClientView[];
  /** The command, or the edit, that mends it. */
  readonly mend: string;
}

/** A finding of this id, with the severity that the id stands for. */
export function finding(id: FindingId, said: Omit<Finding, "id" | "severity">): Finding {
  return { id, severity: severities[id], ...said };
}
