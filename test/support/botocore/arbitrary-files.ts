import fc from "fast-check";
import type { Files } from "./botocore.ts";

// Files such as people have, with chains: every way of writing that botocore and aws-as both read, and some that they
// are known to read differently.

const names = ["default", "a", "b", "c", "keys", "dev", "x-y", "my work"] as const;
const name = fc.constantFrom(...names);
const often = <T>(usual: T, ...rare: T[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(usual, ...rare) },
  );

type Property = readonly [name: string, value: string];

const secret = "abcdEFGHijklMNOPqrstUVWXyz0123456789abcd";
const keys = fc
  .tuple(
    fc.constantFrom("AKIA", "AKIA", "AKIA", "ASIA"),
    fc.integer({ min: 10, max: 14 }),
    fc.constantFrom("whole", "whole", "whole", "id", "secret", "token"),
  )
  .map(([begin, number, part]): Property[] => {
    const id: Property = ["aws_access_key_id", `${begin}EXAMPLEEXAMPLE${number}`];
    const all: Property[] = [id, ["aws_secret_access_key", secret + number]];
    if (part === "id") return [id];
    if (part === "secret") return all.slice(1);
    return part === "token" || begin === "ASIA" ? [...all, ["aws_session_token", `t${number}`]] : all;
  });
const arn = fc
  .integer({ min: 0, max: 3 })
  .map((number) => `arn:aws:iam::11111111111${number}:role/r${number}`);
const roleArn = arn.map((value): Property[] => [["role_arn", value]]);
const source = fc
  .oneof({ weight: 3, arbitrary: fc.constant("keys") }, { weight: 4, arbitrary: name })
  .map((value): Property[] => [["source_profile", value]]);
const role = fc.tuple(roleArn, source).map((parts) => parts.flat());
const machine = fc
  .tuple(roleArn, fc.constantFrom("Environment", "EcsContainer", "Ec2InstanceMetadata"))
  .map(([parts, value]): Property[] => [...parts, ["credential_source", value]]);
const web = fc.constant<Property[]>([["web_identity_token_file", "/t"]]);
const sso = fc.constantFrom<Property[]>(
  [
    ["sso_session", "s"],
    ["sso_account_id", "111111111111"],
    ["sso_role_name", "R"],
  ],
  [
    ["sso_start_url", "https://x"],
    ["sso_region", "eu-west-1"],
    ["sso_account_id", "111111111111"],
    ["sso_role_name", "R"],
  ],
  [
    ["sso_session", "my sso"],
    ["sso_account_id", "111111111111"],
    ["sso_role_name", "R"],
  ],
  [
    ["sso_session", "s"],
    ["sso_account_id", "111111111111"],
  ],
);
const process = fc.constant<Property[]>([["credential_process", "/bin/creds one"]]);
const login = fc.constant<Property[]>([["login_session", "arn:aws:iam::111111111111:user/u"]]);
const credentials = fc.oneof(
  { weight: 6, arbitrary: role },
  { weight: 5, arbitrary: keys },
  { weight: 2, arbitrary: fc.oneof(machine, roleArn, source) },
  { weight: 2, arbitrary: sso },
  {
    weight: 1,
    arbitrary: fc.oneof(
      web,
      fc.tuple(web, roleArn).map((parts) => parts.flat()),
    ),
  },
  { weight: 1, arbitrary: fc.oneof(process, login) },
);
const rest = fc.subarray<Property>([
  ["region", "eu-west-1"],
  ["external_id", "e=1:2"],
  ["mfa_serial", "arn:aws:iam::111111111111:mfa/me"],
  ["role_session_name", "me@x"],
  ["duration_seconds", "3600"],
  ["output", "json"],
  ["s3", "\n  addressing_style = path\n  # note\n  max_queue_size=1"],
  ["endpoint_url", "http://127.0.0.1:4566"],
  ["external_id", "x#y  # note"],
]);

/** The properties of a section: one kind of credentials as a rule, two now and then. */
const body = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.tuple(credentials) },
      { weight: 2, arbitrary: fc.tuple(credentials, credentials) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    rest,
  )
  .map(([kinds, others]) => {
    // A property twice in a section makes botocore refuse the file.
    const once = new Map([...kinds.flat(), ...others]);
    return [...once];
  });

interface Style {
  readonly equals: string;
  readonly indent: string;
  readonly behind: string;
  readonly ending: string;
  readonly noise: string;
}
const style: fc.Arbitrary<Style> = fc.record({
  equals: often(" = ", "=", ": ", "\u00a0=\u00a0", " \t=", ":"),
  indent: often("", "  ", "\t", "\u00a0"),
  behind: often("", " ", "\u00a0", "\t\u3000"),
  ending: often("\n", "\r\n"),
  noise: often("", "# note\n", "  # note\n", "\n", "\t; [x]\n", " \u00a0\n"),
});

function write(header: string, properties: readonly Property[], how: Style): string {
  const { equals, indent, behind, ending, noise } = how;
  const lines = properties.map(
    ([key, value]) => `${indent}${key}${equals}${value.replaceAll("\n", `\n${indent}`)}${behind}\n${noise}`,
  );
  return `${header}\n${noise}${lines.join("")}`.replaceAll("\n", ending);
}

/** A name as it stands in a header of the config file. */
const configHeader = (text: string) =>
  text.includes(" ")
    ? fc.constantFrom(`[profile '${text}']`, `[profile "${text}"]`)
    : text === "default"
      ? often("[default]", "[profile default]")
      : often(
          `[profile ${text}]`,
          `[profile "${text}"]`,
          `[profile  ${text}]`,
          `[profile ${text}] # note`,
          `[profile\t${text}]`,
        );

const configSection = (text: string) =>
  fc
    .tuple(configHeader(text), body, style)
    .map(([header, properties, how]) => write(header, properties, how));
const credentialsSection = (text: string) =>
  fc
    .tuple(fc.oneof({ weight: 4, arbitrary: keys }, { weight: 1, arbitrary: body }), style)
    .map(([properties, how]) => write(`[${text}]`, [...new Map(properties)], how));

/** Sections that are no profiles, and profiles whose names the grammar rules out. */
const others = fc.subarray([
  "[plugins]\nx = y\n",
  "[sso-session s]\nsso_start_url = https://s\nsso_region = eu-west-1\n",
  "[sso-session 'my sso']\n  sso_start_url = https://m\n  sso_region = eu-west-1\n",
  "[]\n".replace("[]", "[ ]"),
  "[services v]\nsts =\n  endpoint_url = http://127.0.0.1:1\n",
  "[profile ü]\nregion = eu-west-1\naws_access_key_id = AKIAEXAMPLEEXAMPLE99\naws_secret_access_key = s\n",
]);

const someNames = fc.subarray([...names], { minLength: 1, maxLength: 6 });

function joined(
  sections: readonly fc.Arbitrary<string>[],
  more: fc.Arbitrary<string[]>,
): fc.Arbitrary<string> {
  return fc.tuple(fc.tuple(...sections), more, fc.boolean()).map(([all, rare, isOpen]) => {
    const text = [...all, ...rare].join("");
    return isOpen ? text.replace(/\r?\n$/, "") : text;
  });
}

/** What one side is known to read otherwise, in a few files. */
const oddities = fc.oneof(
  { weight: 12, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "[DEFAULT]\nmfa_serial = m\n",
      "[profile 'dev']\nregion = eu-west-3\n",
      "[profile empty]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile =\ncredential_source = Environment\n",
      "[profile old]\naws_access_key_id = AKIAEXAMPLEEXAMPLE77\naws_secret_access_key = s\naws_security_token = t\n",
      "[profile tail] # [x]\nregion = x\n",
    ),
  },
);

export const arbitraryFiles: fc.Arbitrary<Files> = fc
  .tuple(someNames, someNames)
  .chain(([inConfig, inCredentials]) =>
    fc.record({
      config: fc.tuple(oddities, joined(inConfig.map(configSection), others)).map((parts) => parts.join("")),
      credentials: joined(
        ["keys", ...inCredentials.filter((each) => each !== "keys").slice(0, 2)].map(credentialsSection),
        fc.subarray(["[ü]\nregion = x\n", "[profile z]\nregion = x\n"], { maxLength: 1 }),
      ),
    }),
  );
