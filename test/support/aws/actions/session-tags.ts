import { type Parameters, shapes } from "../parameters.ts";
import { Refusal } from "../refusal.ts";

/** The session tags of a request. */
export interface SessionTags {
  /** Lower-case keys: "you cannot have separate Department and department tag keys". */
  readonly passed: ReadonlySet<string>;
  /** Those that go on along the chain. */
  readonly transitive: Readonly<Record<string, string>>;
  /** Condition keys that policies can ask for. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  /** Characters of all keys and values. */
  readonly length: number;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
export function readTags(parameters: Parameters): SessionTags {
  const tags = new Map<string, string>();
  const passed = new Set<string>();
  const members = parameters.members("Tags");
  if (members.length > 50)
    throw new Refusal("ValidationError", 400, "Too many session tags: the limit is 50");
  members.forEach((member, index) => {
    const key = member.get("Key") ?? "";
    const value = member.get("Value") ?? "";
    parameters.check(key, `tags.${index + 1}.member.key`, shapes.tagKey);
    parameters.check(value, `tags.${index + 1}.member.value`, shapes.tagValue);
    if (passed.has(key.toLowerCase())) {
      throw new Refusal(
        "InvalidParameterValue",
        400,
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
    }
    passed.add(key.toLowerCase());
    tags.set(key, value);
  });
  const transitive: Record<string, string> = {};
  for (const member of parameters.members("TransitiveTagKeys")) {
    const key = member.get("") ?? "";
    const value = tags.get(key);
    if (value === undefined) {
      throw new Refusal(
        "InvalidParameterValue",
        400,
        "The specified transitive tag key must be included in the requested tags.",
      );
    }
    transitive[key] = value;
  }
  const requested = [...tags].map(([key, value]) => [`aws:RequestTag/${key}`, value] as const);
  return {
    passed,
    transitive,
    context: {
      ...Object.fromEntries(requested),
      ...(tags.size > 0 ? { "aws:TagKeys": [...tags.keys()] } : {}),
    },
    length: [...tags].join("").length,
  };
}
