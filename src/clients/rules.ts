import { besideRules, keyRules } from "./choices.ts";
import { headerRules } from "./header-rules.ts";
import type { LineRule } from "./line-rule.ts";
import { processRules, propertyRules } from "./property-rules.ts";

const aboutLines = [...headerRules, ...propertyRules, ...processRules] as const;

/** All rules about lines of the two files. */
export const lineRules: readonly (LineRule & { readonly id: (typeof aboutLines)[number]["id"] })[] =
  aboutLines;

/** Everything in this folder that doctor has a finding for. */
export const clientRules = [...aboutLines, ...besideRules, keyRules.credentials, keyRules.config] as const;
