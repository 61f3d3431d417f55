import { UnsayableValue } from "../change.ts";
import type { Format } from "../dialect.ts";

/**
 * `NAME=value` lines for `docker run --env-file`, docker compose and dotenv libraries. These agree on nothing but
 * bare values (docker takes quotes literally), so only a value that needs no quoting is written. A removal has
 * no form here and is left out.
 */
export const dotenv: Format = {
  names: ["dotenv"],
  dialect: {
    render: (changes) =>
      changes
        .filter((change) => change.kind === "set")
        .map(({ name, value }) => {
          if (!/^[A-Za-z0-9_/+=.,:@%-]*$/.test(value)) {
            throw new UnsayableValue(name, "characters that env files do not carry alike");
          }
          return `${name}=${value}\n`;
        })
        .join(""),
  },
};
