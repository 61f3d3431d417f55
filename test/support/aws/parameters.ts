import { Refusal, validationError } from "./refusal.ts";

/** What AWS's service model says of a text parameter. The pattern is shown in the message as the model writes it. */
export interface TextShape {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: { readonly shown: string; readonly test: RegExp };
  readonly required?: boolean;
}

export interface IntegerShape {
  readonly min: number;
  readonly max: number;
}

/**
 * The parameters of one request, read with the constraints of the service model. Violations are collected, because AWS
 * names all of them in one message; `refuse` throws them.
 */
export class Parameters {
  readonly #values: ReadonlyMap<string, string>;
  readonly #violations: string[] = [];

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  text(name: string, shape: TextShape): string | undefined {
    const value = this.#values.get(name);
    if (value === undefined) {
      if (shape.required) this.#violate("null", name, "Member must not be null");
      return undefined;
    }
    this.check(value, name, shape);
    return value;
  }

  integer(name: string, shape: IntegerShape): number | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    if (!/^[+-]?\d+$/.test(value))
      throw new Refusal("MalformedInput", 400, "Start of list found where not expected");
    const number = Number(value);
    if (number < shape.min) {
      this.#violate(`'${value}'`, name, `Member must have value greater than or equal to ${shape.min}`);
    }
    if (number > shape.max) {
      this.#violate(`'${value}'`, name, `Member must have value less than or equal to ${shape.max}`);
    }
    return number;
  }

  /** A required member of an enumeration. */
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.text(name, { required: true });
    const found = values.find((one) => one === value);
    if (value !== undefined && found === undefined) {
      this.#violate(`'${value}'`, name, `Member must satisfy enum value set: [${values.join(", ")}]`);
    }
    return found;
  }

  /** The members of a list, each with its own parameters: `Tags.member.1.Key` is `Key` of the first. */
  members(name: string): ReadonlyMap<string, string>[] {
    const found: ReadonlyMap<string, string>[] = [];
    for (let index = 1; ; index++) {
      const prefix = `${name}.member.${index}`;
      const fields = [...this.#values]
        .filter(([key]) => key === prefix || key.startsWith(`${prefix}.`))
        .map(([key, value]): [string, string] => [key.slice(prefix.length + 1), value]);
      if (fields.length === 0) return found;
      found.push(new Map(fields));
    }
  }

  /** Holds a value that is inside of a list against its shape. */
  check(value: string, name: string, shape: TextShape): void {
    const shown = `'${value}'`;
    if (shape.pattern && !shape.pattern.test.test(value)) {
      this.#violate(shown, name, `Member must satisfy regular expression pattern: ${shape.pattern.shown}`);
    }
    if (shape.max !== undefined && value.length > shape.max) {
      this.#violate(shown, name, `Member must have length less than or equal to ${shape.max}`);
    }
    if (shape.min !== undefined && value.length < shape.min) {
      this.#violate(shown, name, `Member must have length greater than or equal to ${shape.min}`);
    }
  }

  /** Throws when something that was read did not fit. */
  refuse(): void {
    const count = this.#violations.length;
    if (count === 0) return;
    const errors = count === 1 ? "error" : "errors";
    throw validationError(`${count} validation ${errors} detected: ${this.#violations.join("; ")}`);
  }

  #violate(shown: string, name: string, constraint: string): void {
    const member = name.charAt(0).toLowerCase() + name.slice(1);
    this.#violations.push(`Value ${shown} at '${member}' failed to satisfy constraint: ${constraint}`);
  }
}

const pattern = (shown: string) => ({ shown, test: new RegExp(`^(?:${shown})$`, "u") });

/** The shapes that several actions share, from botocore's sts/2011-06-15 and iam/2010-05-08 models. */
export const shapes = {
  serialNumber: { min: 9, max: 256, pattern: { shown: "[\\w+=/:,.@-]*", test: /^[\w+=/:,.@-]*$/ } },
  tokenCode: { min: 6, max: 6, pattern: { shown: "[\\d]*", test: /^\d*$/ } },
  roleArn: { min: 20, max: 2048, required: true },
  roleSessionName: {
    min: 2,
    max: 64,
    required: true,
    pattern: { shown: "[\\w+=,.@-]*", test: /^[\w+=,.@-]*$/ },
  },
  federatedName: {
    min: 2,
    max: 32,
    required: true,
    pattern: { shown: "[\\w+=,.@-]*", test: /^[\w+=,.@-]*$/ },
  },
  sourceIdentity: { min: 2, max: 64, pattern: { shown: "[\\w+=,.@-]*", test: /^[\w+=,.@-]*$/ } },
  externalId: { min: 2, max: 1224, pattern: { shown: "[\\w+=,.@:\\/-]*", test: /^[\w+=,.@:/-]*$/ } },
  policy: {
    min: 1,
    max: 2048,
    pattern: {
      shown: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
      test: /^[\t\n\r\u0020-\u00ff]+$/,
    },
  },
  tagKey: { min: 1, max: 128, pattern: pattern("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+") },
  tagValue: { min: 0, max: 256, pattern: pattern("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*") },
  accessKeyId: { min: 16, max: 128, required: true, pattern: { shown: "[\\w]+", test: /^\w+$/ } },
  userName: { min: 1, max: 128, pattern: { shown: "[\\w+=,.@-]+", test: /^[\w+=,.@-]+$/ } },
  marker: { min: 1, max: 320, pattern: { shown: "[\\u0020-\\u00FF]+", test: /^[\u0020-\u00ff]+$/ } },
} satisfies Record<string, TextShape>;
