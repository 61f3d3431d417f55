import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { planAdoption } from "../../../src/commands/init/plan-adoption.ts";
import { planRemoval } from "../../../src/commands/init/plan-removal.ts";
import { mergeDocuments } from "../../../src/config/aws-config.ts";
import { type Document, parseDocument, printDocument } from "../../../src/config/files/document.ts";
import { identityNames } from "../../../src/config/resolve/identity-list.ts";
import { resolveIdentity } from "../../../src/config/resolve/resolve.ts";
import { applyActions } from "../../../src/profiles/actions.ts";
import { markedSections } from "../../../src/profiles/marks.ts";
import { movableProperties } from "../../../src/profiles/section-edit.ts";
import { UserError } from "../../../src/system/user-error.ts";

const command = "/usr/bin/node /usr/local/bin/aws-as";
const keys = "[u]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";

const config = `# mine
[profile u]
region = eu-west-1

[profile r]
# production, ask Bob first
role_arn = arn:aws:iam::111111111111:role/r
source_profile=u  ; the usual one
region = eu-central-1

# the device of u
MFA_Serial = arn:aws:iam::111111111111:mfa/u
s3 =
  max_concurrent_requests = 20
external_id = x y
# the last word

# about q
[profile q]
role_arn = arn:aws:iam::111111111111:role/q
source_profile = r
`;

const parse = (text: string | Buffer, kind: "config" | "credentials" = "config") =>
  parseDocument(Buffer.isBuffer(text) ? text : Buffer.from(text), `~/.aws/${kind}`, kind);

interface Options {
  readonly names?: readonly string[];
  readonly credentials?: string;
  readonly command?: string;
}

/** Adopts the names given, or everything that can be. */
function adopt(text: string | Buffer, options: Options = {}) {
  const document = parse(text);
  const credentials = parse(options.credentials ?? keys, "credentials");
  const all = identityNames(mergeDocuments(document, credentials)).map(({ name }) => name);
  const plan = planAdoption({
    config: document,
    credentials,
    names: options.names ?? all,
    explicit: options.names !== undefined,
    command: options.command ?? command,
  });
  const after = applyActions(document, plan.actions);
  assert.deepEqual(plan.after && printDocument(plan.after), printDocument(after));
  return { ...plan, document: after, after: printDocument(after).toString("latin1") };
}

function remove(document: Document, names: readonly string[] = [], credentials = keys) {
  const merged = mergeDocuments(document, parse(credentials, "credentials"));
  const plan = planRemoval({ config: merged, document, names, marked: markedSections(document) });
  const after = applyActions(document, plan.actions);
  assert.deepEqual(plan.after && printDocument(plan.after), printDocument(after));
  return { ...plan, document: after, after: printDocument(after).toString("latin1") };
}

/** Removes from a text that was edited by hand meanwhile. */
const removeFrom = (text: string, names: readonly string[] = []) =>
  remove(parse(Buffer.from(text, "latin1")), names);

test("lines that lead to credentials move as they are, all others stay, and the profile calls aws-as", () => {
  const { after, actions } = adopt(config, { names: ["r"] });
  assert.deepEqual(actions, [{ kind: "adopt", profile: "r", command: `${command} process r` }]);
  const was = /was ([0-9a-f]{16})$/m.exec(after)?.[1];
  assert.equal(
    after,
    `# mine
[profile u]
region = eu-west-1

[profile r]
# adopted by aws-as init; aws-as init --remove undoes it: moved 1 role_arn source_profile 4 mfa_serial 6 external_id, added section, was ${was}
# production, ask Bob first
credential_process = ${command} process r
region = eu-central-1

# the device of u
s3 =
  max_concurrent_requests = 20
# the last word

[aws-as r]
# moved here by aws-as init; aws-as init --remove moves it back
role_arn = arn:aws:iam::111111111111:role/r
source_profile=u  ; the usual one
MFA_Serial = arn:aws:iam::111111111111:mfa/u
external_id = x y

# about q
[profile q]
role_arn = arn:aws:iam::111111111111:role/q
source_profile = r
`,
  );
});

test("what is adopted comes back byte for byte, whatever the lines end with", () => {
  const texts = [
    config,
    config.trimEnd(),
    config.replaceAll("\n", "\r\n"),
    config.replaceAll("\n", "\r\n").trimEnd(),
    `\ufeff${config}`,
    `${config}\n\n\n`,
    config.replace("\n# the last word\n\n# about q", ""),
    `[default]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u`,
    `[profile u]\n[profile r]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\n# end`,
    config.replace("# production", "# pr\xf6duction"),
    config.replace("external_id = x y", "external_id = x y\ntags =\n\n  a = b\n# between\n  c = d"),
  ];
  for (const text of texts) {
    const bytes = Buffer.from(text, text.startsWith("\ufeff") ? "utf8" : "latin1");
    const adopted = adopt(bytes);
    assert.ok(adopted.actions.length > 0, adopted.warnings.join("\n"));
    const removed = remove(parse(Buffer.from(adopted.after, "latin1")));
    assert.equal(removed.after, bytes.toString("latin1"));
    assert.deepEqual(removed.warnings, []);
  }
});

test("adopting twice changes nothing, and a program that has moved is written anew", () => {
  const { after } = adopt(config);
  assert.deepEqual(adopt(after).actions, []);
  const moved = adopt(after, { command: "/opt/node /opt/aws-as" });
  assert.equal(moved.after, after.replaceAll(command, "/opt/node /opt/aws-as"));
  assert.equal(removeFrom(moved.after).after, config);
});

test("edits elsewhere stay, and adopted profiles come back exactly", () => {
  const { after } = adopt(config);
  const edited = `[profile new]\nregion = x\n\n${after.replace("# mine", "# ours").replace("region = eu-west-1", "region = eu-west-2")}\n[aws-as]\nstore = file\n`;
  const { after: back, warnings } = removeFrom(edited);
  assert.equal(
    back,
    `[profile new]\nregion = x\n\n${config.replace("# mine", "# ours").replace("region = eu-west-1", "region = eu-west-2")}\n[aws-as]\nstore = file\n`,
  );
  assert.deepEqual(warnings, []);
});

test("line endings that another program changed throughout are no edit", () => {
  const { after } = adopt(config.replaceAll("\n", "\r\n"), { names: ["r"] });
  const { after: back, warnings } = removeFrom(after.replaceAll("\r\n", "\n"));
  assert.deepEqual([back, warnings], [config, []]);
});

test("what was changed or added in an adopted profile is kept, and told", () => {
  const { after } = adopt(config, { names: ["r"] });
  const edited = after
    .replace("external_id = x y", "external_id = z\nduration_seconds = 900")
    .replace("region = eu-central-1", "region = eu-north-1\noutput = text");
  const { after: back, warnings } = removeFrom(edited);
  for (const line of ["external_id = z", "duration_seconds = 900", "region = eu-north-1", "output = text"]) {
    assert.ok(back.includes(`\n${line}\n`), back);
  }
  assert.ok(!back.includes("aws-as"), back);
  assert.match(warnings.join("\n"), /duration_seconds was added to \[aws-as r\] meanwhile/);
  assert.match(warnings.join("\n"), /not all bytes are as they were/);
  assert.equal(mergeDocuments(parse(back), parse(keys, "credentials")).profiles.get("r")?.properties.size, 8);
});

test("what only aws-as reads stays in its section when the profile goes back", () => {
  const { after } = adopt(config, { names: ["q"] });
  const { after: back, warnings } = removeFrom(`${after}session_seconds = 900\n`);
  assert.equal(back, `${config}\n[aws-as q]\nsession_seconds = 900\n`);
  assert.deepEqual(warnings, ["left section [aws-as q] in place: something was added to it"]);
});

test("a property that came again in the profile wins on the way back, and the other is a comment", () => {
  const { after } = adopt(config, { names: ["q"] });
  const edited = after.replace("process q\n", "process q\nsource_profile = u\n");
  const { after: back, warnings } = removeFrom(edited);
  assert.ok(back.includes("\n; source_profile = r\n") && back.includes("\nsource_profile = u\n"), back);
  assert.match(warnings.join("\n"), /says source_profile again/);
});

test("a moved line that is gone is named", () => {
  const { after } = adopt(config, { names: ["q"] });
  const { warnings } = removeFrom(after.replace("[aws-as q]", "[aws-as other]"));
  assert.match(warnings.join("\n"), /role_arn, source_profile is no longer in \[aws-as q\]/);
});

test("lines that [aws-as NAME] says otherwise are put aside, and come back", () => {
  const text = `${config}\n[aws-as r]\nmfa_serial = arn:aws:iam::111111111111:mfa/other\nsession_seconds = 900\n`;
  const { after, document } = adopt(text);
  assert.match(after, /\n; put aside by aws-as init: MFA_Serial = /);
  assert.equal(remove(document).after, text);
});

test("a user whose key is in the store gets a profile, also where there was none", () => {
  const stored = "access_key_id = AKIAIOSFODNN7EXAMPLE\n";
  for (const text of [
    `[aws-as u]\n${stored}`,
    `[profile u]\nregion = eu-west-1\n\n[aws-as u]\n${stored}\n[profile z]\nx = 1\n`,
    `[profile u]\n\n[aws-as u]\n${stored}`,
    `[aws-as u]\n${stored}\n[profile u]`,
  ]) {
    const { after, document } = adopt(text, { names: ["u"], credentials: "[u]\n" });
    const merged = mergeDocuments(document, parse("", "credentials"));
    assert.equal(
      merged.profiles.get("u")?.properties.get("credential_process")?.value,
      `${command} process u`,
    );
    assert.equal(resolveIdentity(merged, "u").root.kind, "stored-keys");
    assert.deepEqual(adopt(after, { credentials: "" }).actions, []);
    assert.equal(remove(document, ["u"], "[u]\n").after, text);
  }
});

test("a profile that adoption made and people added to loses our two lines only", () => {
  const { after } = adopt("[aws-as u]\naccess_key_id = AKIAIOSFODNN7EXAMPLE\n", {
    names: ["u"],
    credentials: "",
  });
  const { after: back } = removeFrom(`${after}region = eu-west-1\n`, ["u"]);
  assert.equal(back, "[aws-as u]\naccess_key_id = AKIAIOSFODNN7EXAMPLE\n\n[profile u]\nregion = eu-west-1\n");
});

test("a property that somebody adds to an adopted profile moves with the next adoption", () => {
  const { after } = adopt(config, { names: ["q"] });
  const again = adopt(after.replace("process q\n", "process q\nexternal_id = z\n"), { names: ["q"] });
  assert.match(again.after, /\[aws-as q\]\n# .*\nrole_arn = .*\nsource_profile = r\nexternal_id = z\n$/);
  assert.deepEqual(adopt(again.after, { names: ["q"] }).actions, []);
  assert.throws(
    () => adopt(after.replace("process q\n", "process q\nsource_profile = u\n"), { names: ["q"] }),
    /says source_profile again, which has moved to \[aws-as q\]/,
  );
});

const role = "role_arn = arn:aws:iam::111111111111:role/x\nsource_profile = u\n";

test("each reason to refuse is said with its line and what helps", () => {
  const cases: readonly [text: string, credentials: string, name: string, because: RegExp, hint: RegExp][] = [
    [
      config,
      keys,
      "u",
      /credentials:2: most clients prefer its keys in plain text to a credential_process/,
      /aws-as keys import u/,
    ],
    [
      `[profile u]\n${keys.slice(4)}`,
      "",
      "u",
      /config:2: some clients prefer its keys in plain text/,
      /keys import u/,
    ],
    [
      `[profile x]\n${role}aws_session_token = t\n`,
      keys,
      "x",
      /config:4: some clients prefer its keys/,
      /temporary/,
    ],
    [
      "[profile s]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n",
      "",
      "s",
      /sso_start_url has to stay where `aws sso login --profile s` reads it/,
      /aws-as init s/,
    ],
    ["[profile l]\nlogin_session = arn:x\n", "", "l", /`aws login --profile l`/, /aws-as init l/],
    [
      `[default]\nregion = x\n[profile default]\n${role}`,
      keys,
      "default",
      /both \[default\] and \[profile default\]/,
      /one of the two/,
    ],
    [
      `[profile x]\n${role}`,
      `${keys}[x]\nmfa_serial = y\n`,
      "x",
      /mfa_serial stands in the credentials file/,
      /move the line/,
    ],
    [
      `[profile x]\n${role}region = a\nregion = b\n`,
      keys,
      "x",
      /:5: region is there for the second time/,
      /remove the line/,
    ],
    [
      `[profile x]\n${role}[profile "x"]\nregion = a\n`,
      keys,
      "x",
      /:4: some clients take this section/,
      /\[profile x\]/,
    ],
    [
      `[x]\nregion = a\n[profile x]\n${role}`,
      keys,
      "x",
      /:1: some clients take this section/,
      /\[profile x\]/,
    ],
    [`[profile "my x"]\n${role}`, keys, "my x", /:1: not every client reads this name/, /without quotes/],
    [
      `[profile a]\ncredential_process = aws-as process x\n[profile x]\n${role}`,
      keys,
      "a",
      /stands for "x"/,
      /--adopt x/,
    ],
    [
      `[profile x]\n${role}credential_process = aws-as process x\n`,
      keys,
      "x",
      /by a line that aws-as did not write/,
      /remove the line/,
    ],
    [
      `[profile x]\nmfa_serial = y\ncredential_process = aws-vault exec --json x\n`,
      keys,
      "x",
      /its command names "x"/,
      /aws-as init x/,
    ],
    [config, keys, "arn:aws:iam::111111111111:role/other", /only a profile can be adopted/, /^$/],
    [config, keys, "nobody", /no profile "nobody"/, /^$/],
    [
      "[profile x]\nrole_arn = arn:aws:iam::111111111111:role/x\n",
      keys,
      "x",
      /has role_arn, but no source_profile/,
      /^$/,
    ],
    ["[profile x]\nregion = a\n", keys, "x", /holds no credentials/, /keys add x/],
  ];
  for (const [text, credentials, name, because, hint] of cases) {
    assert.throws(
      () => adopt(text, { names: [name], credentials }),
      (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, because);
        assert.match(error.hints.join("\n"), hint);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
      `${name} in ${text}`,
    );
    // Without names, the same is a warning, and the others are adopted.
    if (
      !identityNames(mergeDocuments(parse(text), parse(credentials, "credentials"))).some(
        (each) => each.name === name,
      )
    )
      continue;
    const loose = adopt(text, { credentials });
    assert.match(loose.warnings.join("\n"), because);
    assert.ok(!loose.actions.some(({ profile }) => profile === name));
  }
});

test("with several names, everything that is wrong is said at once", () => {
  assert.throws(
    () => adopt(`${config}[profile x]\nregion = y\n`, { names: ["u", "r", "x"] }),
    (error) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.message,
        /^2 profiles cannot be adopted; nothing was written\n {2}"u": .*\n {2}"x": .*$/,
      );
      assert.equal(error.hints.length, 2);
      return true;
    },
  );
});

test("a section that stands twice, of whatever kind, stops everything", () => {
  for (const twice of [
    "[plugins]\na = 1\n[plugins]\nb = 1\n",
    "[sso-session s]\n[sso-session s]\n",
    "[profile  q]\n",
  ]) {
    assert.throws(
      () => adopt(config + twice),
      /stands there again, and aws-cli reads nothing of such a file/,
    );
  }
  assert.throws(
    () => adopt(config, { credentials: keys + keys }),
    /~\/\.aws\/credentials:4: the section of line 1/,
  );
});

test("other profiles that build on an adopted one are told", () => {
  const other = (more: string) =>
    adopt(
      `${config}\n[profile late]\nrole_arn = arn:aws:iam::111111111111:role/late\nsource_profile = q\n${more}`,
      {
        names: ["q"],
      },
    ).warnings.join("\n");
  assert.match(other(""), /profile "late" takes its credentials from "q": PHP and C\+\+ cannot do that/);
  assert.match(
    other("mfa_serial = m\n"),
    /mfa_serial makes clients ask for a code by themselves.*--adopt late/,
  );
  assert.match(
    adopt(`${config}\n[profile c]\ncredential_process = aws-vault exec --json q\n`, {
      names: ["q"],
    }).warnings.join("\n"),
    /the command of profile "c" names "q"/,
  );
  // Also where that one was adopted itself: its command still runs.
  assert.match(
    adopt(`${config}\n[profile c]\ncredential_process = aws-vault exec --json q\n`).warnings.join("\n"),
    /the command of profile "c" names "q"/,
  );
});

test("removal tells what calls aws-as and stays", () => {
  const text = `[profile hand]\ncredential_process = aws-as process r\n\n${config}`;
  const { after, warnings, actions } = removeFrom(text);
  assert.deepEqual([after, actions], [text, []]);
  assert.match(
    warnings.join("\n"),
    /config:2: left profile "hand" in place: it calls aws-as, but aws-as init did not write it/,
  );
  assert.throws(() => removeFrom(text, ["hand"]), /lacks the comment/);
  const { after: adopted } = adopt(config, { names: ["q"] });
  const changed = adopted.replace(/credential_process = .*/, "credential_process = other");
  assert.equal(removeFrom(changed).after, changed);
  assert.match(
    removeFrom(changed).warnings.join("\n"),
    /left profile "q" in place: its credential_process was changed/,
  );
});

const value = fc.constantFrom("x", "x # note", "x\t;c", "a=b", "\xc3\xbc", "");
const lines = fc.uniqueArray(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        "role_arn = arn:aws:iam::111111111111:role/a",
        "Source_Profile\t=u",
        "source_profile = b",
      ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            "external_id",
            "mfa_serial",
            "role_session_name",
            "region",
            "x",
            "credential_process",
            "tags",
          ),
          value,
        )
        .map(([name, said]) => `${name} = ${said}`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "s3 =\n  a = b",
        "tags =\n\n  a = b\n# c\n  d = e",
        "region = eu\n  more",
        "odd name = 1",
      ),
    },
    { weight: 3, arbitrary: fc.constantFrom("", "", " ", "# note", "; note", "#x = 1", "# \xff") },
  ),
  {
    maxLength: 9,
    // Most files that work say everything once.
    selector: (text) => text.split("=")[0]?.trim().toLowerCase(),
  },
);
const headers = [
  "[default]",
  "[profile a]",
  "[profile b] # b",
  "[profile c]",
  "[aws-as a]",
  "[aws-as c]",
  "[aws-as u]",
  "[plugins]",
  "[ profile d ]",
];
const file = fc
  .record({
    bom: fc.constantFrom("", "", "\xef\xbb\xbf"),
    intro: fc.constantFrom("", "# mine\n", "\n"),
    sections: fc
      .shuffledSubarray(headers, { minLength: 2 })
      .chain((chosen) =>
        fc.tuple(...chosen.map((header) => lines.map((body) => [header, ...body].join("\n")))),
      ),
    ending: fc.constantFrom("\n", "\n", "\r\n", "mixed"),
    final: fc.boolean(),
  })
  .map(({ bom, intro, sections, ending, final }) => {
    const text = `${intro}${sections.join("\n")}${final ? "\n" : ""}`;
    const ended = ending === "mixed" ? text.replace(/\n(?=[r#])/g, "\r\n") : text.replaceAll("\n", ending);
    return Buffer.from(bom + ended, "latin1");
  });

test("whatever the file: adopted profiles hold no line beside the process, lead where they led, and come back", () => {
  let adoptions = 0;
  const everywhere = (document: Document) => {
    const merged = mergeDocuments(document, parse(keys, "credentials"));
    return ["default", "a", "b", "c", "d", "u"].map((name) => {
      try {
        const { root, hops } = resolveIdentity(merged, name);
        return JSON.stringify({ root, hops }, (key, each) => (key === "position" ? undefined : each));
      } catch {
        return undefined;
      }
    });
  };
  fc.assert(
    fc.property(file, (bytes) => {
      let adopted: ReturnType<typeof adopt>;
      try {
        adopted = adopt(bytes);
      } catch (error) {
        assert.ok(error instanceof UserError, String((error as Error).stack));
        return;
      }
      adoptions += adopted.actions.length;
      const again = parse(Buffer.from(adopted.after, "latin1"));
      assert.deepEqual(everywhere(again), everywhere(parse(bytes)));
      for (const { profile } of adopted.actions) {
        const sections = again.sections.filter((each) => each.type === "profile" && each.name === profile);
        const said = sections.flatMap(({ properties }) => properties.map(({ name }) => name));
        assert.deepEqual(
          said.filter((name) => movableProperties.has(name)),
          ["credential_process"],
        );
      }
      assert.deepEqual(adopt(Buffer.from(adopted.after, "latin1")).actions, []);
      const removed = remove(again);
      assert.equal(removed.after, bytes.toString("latin1"));
      assert.deepEqual(removed.warnings, []);
    }),
    { numRuns: 1000 },
  );
  assert.ok(adoptions > 250, `only ${adoptions} adoptions`);
});

test("whatever is edited in between, nothing that was said gets lost on the way back", () => {
  const junk = fc.constantFrom(
    "",
    "# mine",
    "output = text",
    "session_seconds = 900",
    "external_id = z",
    "[profile n]",
    "  cont = 1",
    "duration_seconds = 901",
  );
  fc.assert(
    fc.property(file, fc.array(fc.tuple(fc.nat(60), fc.nat(1), junk), { maxLength: 4 }), (bytes, edits) => {
      let text: string;
      let edited: Document;
      try {
        text = adopt(bytes).after;
        for (const [at, gone, put] of edits) {
          const all = text.split("\n");
          all.splice(Math.min(at, all.length), gone, put);
          text = all.join("\n");
        }
        edited = parse(Buffer.from(text, "latin1"));
      } catch (error) {
        assert.ok(error instanceof UserError, String((error as Error).stack));
        return;
      }
      const { document } = remove(edited);
      const said = (each: Document) =>
        each.sections.flatMap(({ properties }) => properties.map(({ name, value: is }) => `${name}=${is}`));
      const now = printDocument(document).toString("utf8");
      for (const property of said(edited)) {
        if (/^credential_process=.*aws-as process/.test(property)) continue;
        const last =
          property
            .slice(property.indexOf("=") + 1)
            .split("\n")
            .at(-1) ?? "";
        assert.ok(said(document).includes(property) || now.includes(last), `${property} is lost in\n${now}`);
      }
    }),
    { numRuns: 1000 },
  );
});

test("attack-08: lines that were put aside come back as what they were, or stay comments", () => {
  const role = "role_arn = arn:aws:iam::111111111111:role/a";
  const bytes = Buffer.from(
    `[profile a]\n${role}\nsource_profile = u\ntags =\n  a = b\n  c = d\n\n[aws-as a]\ntags =\n  e = f\n`,
  );
  const { after } = adopt(bytes);
  const [first = "", second = ""] = after.split("\n").filter((line) => line.includes("put aside"));
  for (const [what, from, to, says] of [
    ["the first line is gone", `${first}\n`, "output = text\n", "output=text"],
    ["a line came in between", second, `output = text\n${second}`, "output=text"],
    ["a line goes on behind them", /(.* {2}c = d)/, "output =\n$1\n  x = y", "output=\nx = y"],
  ] as const) {
    const edited = after.replace(from, to);
    assert.notEqual(edited, after, what);
    const removed = remove(parse(Buffer.from(edited)));
    const now = parse(Buffer.from(removed.after, "latin1"));
    const said = now.sections.flatMap(({ properties }) =>
      properties.map(({ name, value }) => `${name}=${value}`),
    );
    assert.ok(said.includes(says), `${what}: ${removed.after}`);
    assert.match(removed.warnings.join(), /what was put aside in profile "a" stays a comment/, what);
  }
});

test("attack-02: what a person wrote behind the command of an adopted profile stops its removal", () => {
  const bytes = Buffer.from("[profile a]\nrole_arn = arn:aws:iam::111111111111:role/a\nsource_profile = u\n");
  const { after } = adopt(bytes);
  for (const more of ["$1 # mine", "$1\n  mine"]) {
    const edited = after.replace(/(process a)$/m, more);
    const removed = remove(parse(Buffer.from(edited)));
    assert.equal(removed.after, edited);
    assert.match(removed.warnings.join(), /left profile "a" in place: its credential_process was changed/);
  }
});

test("credentials-05: thousands of profiles are adopted and restored, with and without blank lines between them", () => {
  for (const between of ["", "\n"]) {
    const profile = (number: number) =>
      `[profile r-${number}]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\nregion = eu-west-1\n`;
    const text = [
      "[profile u]\nregion = eu-west-1\n",
      ...Array.from({ length: 1000 }, (_, number) => profile(number)),
    ].join(between);
    const config = parseDocument(Buffer.from(text), "~/.aws/config", "config");
    const credentials = parseDocument(Buffer.from(keys), "~/.aws/credentials", "credentials");
    const names = identityNames(mergeDocuments(config, credentials)).map(({ name }) => name);
    const began = performance.now();
    const plan = planAdoption({ config, credentials, names, explicit: false, command });
    const adopted = applyActions(config, plan.actions);
    assert.equal(plan.actions.length, 1000);
    assert.ok(plan.after);
    assert.equal(printDocument(adopted).toString(), printDocument(plan.after).toString());
    const merged = mergeDocuments(adopted, credentials);
    const removal = planRemoval({
      config: merged,
      document: adopted,
      names: [],
      marked: markedSections(adopted),
    });
    assert.deepEqual(removal.warnings, []);
    assert.ok(removal.after);
    assert.equal(printDocument(removal.after).toString(), text);
    assert.equal(printDocument(applyActions(adopted, removal.actions)).toString(), text);
    // Each edit read the whole file: 400 took 18 s.
    assert.ok(performance.now() - began < 20_000);
  }
});
