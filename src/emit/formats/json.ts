import type { Format } from "../dialect.ts";

/** One JSON object on one line: variables to their values, null for those to remove. */
export const json: Format = {
  names: ["json"],
  dialect: {
    render: (changes) => {
      const entries = changes.map((change) => [change.name, change.kind === "set" ? change.value : null]);
      return `${JSON.stringify(Object.fromEntries(entries))}\n`;
    },
  },
};
