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
import { planStanzas } from "../../../src/profiles/plan-stanzas.ts";
import { stanzas as listed } from "../../../src/profiles/stanzas.ts";
import { UserError } from "../../../src/system/user-error.ts";

const command = "/usr/bin/node /usr/local/bin/aws-as";
const text = (document: Document) => printDocument(document).toString("latin1");
const parse = (said: string, kind: "config" | "credentials" = "config") =>
  parseDocument(Buffer.from(said, "latin1"), `~/.aws/${kind}`, kind);
const everyName = ["default", "a", "b", "c", "d", "-e", "u"];

interface World {
  readonly config: string;
  readonly credentials: string;
}

function merged(world: World) {
  return mergeDocuments(parse(world.config), parse(world.credentials, "credentials"));
}

function adopt(world: World, names?: readonly string[]): World {
  const config = parse(world.config);
  const plan = planAdoption({
    config,
    credentials: parse(world.credentials, "credentials"),
    names: names ?? identityNames(merged(world)).map(({ name }) => name),
    explicit: false,
    command,
  });
  return { ...world, config: text(applyActions(config, plan.actions)) };
}

/** As a person who asks for profiles by name. */
function adoptNamed(world: World, names: readonly string[], by = command): World {
  const config = parse(world.config);
  const credentials = parse(world.credentials, "credentials");
  const plan = planAdoption({ config, credentials, names, explicit: true, command: by });
  return { ...world, config: text(applyActions(config, plan.actions)) };
}

function remove(
  world: World,
  names: readonly string[] = [],
): World & { readonly warnings: readonly string[] } {
  const document = parse(world.config);
  const plan = planRemoval({ config: merged(world), document, names, marked: markedSections(document) });
  return { ...world, config: text(applyActions(document, plan.actions)), warnings: plan.warnings };
}

function stanzas(world: World, names: readonly string[]): World {
  const document = parse(world.config);
  const { actions } = planStanzas({
    config: merged(world),
    document,
    credentials: parse(world.credentials, "credentials"),
    names,
    explicit: false,
    prefix: "as-",
    command,
    marked: markedSections(document).profiles,
  });
  return { ...world, config: text(applyActions(document, actions)) };
}

function ways(world: World): Record<string, unknown> {
  const config = merged(world);
  return Object.fromEntries(
    everyName.map((name) => {
      try {
        const { root, hops } = resolveIdentity(config, name);
        const said = JSON.stringify({ root, hops }, (key, each) => (key === "position" ? undefined : each));
        return [name, said];
      } catch (error) {
        assert.ok(error instanceof UserError, String((error as Error).stack));
        return [name, "no way"];
      }
    }),
  );
}

/** Runs it; a UserError gives undefined, anything else is a failure of the test. */
function orRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    assert.ok(error instanceof UserError, String((error as Error).stack));
    return undefined;
  }
}

const role = fc.constantFrom(...everyName).map((each) => `source_profile = ${each}`);
const property = fc.oneof(
  { weight: 4, arbitrary: fc.constant("role_arn = arn:aws:iam::111111111111:role/r") },
  { weight: 4, arbitrary: role },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "mfa_serial = arn:aws:iam::111111111111:mfa/u",
      "MFA_SERIAL=none ; for now",
      "external_id =",
      "external_id = x\t# y",
      "duration_seconds = 900",
      "role_session_name = bob",
      "tags =\n  a = b\n\n# why\n  c = d",
      "policy = {\n   }",
      "credential_source = Environment",
      "web_identity_token_file = /t",
      "credential_process = /opt/tool x",
      "credential_process = aws-as process a",
      `credential_process = ${command} process b`,
      "sso_region = x",
      "access_key_id = AKIA",
      "session_seconds = 900",
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "region = x",
      "s3 =\n  a = b",
      "odd name = 1",
      "output=\xff\xa0",
      "region = y\n\tz",
    ),
  },
);
const filler = fc.constantFrom("", "", " ", "\t", "# note", ";", "#", "# role_arn = x", "\r");
const line = fc.oneof({ weight: 3, arbitrary: property }, { weight: 2, arbitrary: filler });
const body = fc.array(line, { maxLength: 8 });
const headers = [
  "[default]",
  "[profile a]",
  "[profile b] ; b",
  "[profile\tc]",
  "[ profile  d ]",
  "[profile -e]",
  "[aws-as a]",
  "[aws-as b]",
  "[aws-as u]",
  "[aws-as -e]",
  "[profile u]",
  "[sso-session s]",
  "[whatever]",
];
const keys = "aws_access_key_id = AKIA\naws_secret_access_key = s\n";
const world: fc.Arbitrary<World> = fc
  .record({
    intro: fc.constantFrom("", "# mine\n", "\n\n", "\xef\xbb\xbf"),
    sections: fc
      .shuffledSubarray(headers, { minLength: 2 })
      .chain((chosen) =>
        fc.tuple(...chosen.map((header) => body.map((each) => [header, ...each].join("\n")))),
      ),
    between: fc.constantFrom("\n", "\n\n", "\n\n\n"),
    end: fc.constantFrom("", "\n", "\n\n", "\n# end", "\n  "),
    crlf: fc.boolean(),
    credentials: fc.constantFrom(
      `[u]\n${keys}`,
      `[u]\n${keys}[a]\nregion = z\n`,
      `[u]\n${keys}[b]\n${keys}`,
      "",
    ),
  })
  .map(({ intro, sections, between, end, crlf, credentials }) => {
    const said = intro + sections.join(between) + end;
    return { config: crlf ? said.replaceAll("\n", "\r\n") : said, credentials };
  });

const runs = Number(process.env["ATTACK_RUNS"] ?? 400);

test("profiles adopted one after another and given back one by one in any order are as they were", () => {
  let adopted = 0;
  fc.assert(
    fc.property(
      world,
      fc.shuffledSubarray(everyName, { minLength: everyName.length }),
      fc.shuffledSubarray(everyName, { minLength: everyName.length }),
      (before, there, back) => {
        const servedByHand = orRefused(() => listed(merged(before)).some(({ adopted: self }) => self));
        if (servedByHand !== false) return;
        const was = ways(before);
        let now = before;
        for (const name of there) now = orRefused(() => adopt(now, [name])) ?? now;
        if (now.config !== before.config) adopted += 1;
        assert.deepEqual(ways(now), was);
        const atOnce = orRefused(() => adopt(before));
        if (atOnce !== undefined) assert.equal(remove(atOnce).config, before.config);
        for (const name of back) now = orRefused(() => remove(now, [name])) ?? now;
        assert.equal(now.config, before.config);
      },
    ),
    { numRuns: runs, includeErrorInReport: true },
  );
  assert.ok(adopted > runs / 20, `only ${adopted}`);
});

test("stanzas beside adopted profiles come and go without a trace, in any order", () => {
  fc.assert(
    fc.property(world, fc.subarray(everyName), fc.boolean(), fc.boolean(), (before, some, first, all) => {
      if (orRefused(() => listed(merged(before)).some(({ adopted }) => adopted)) !== false) return;
      let now = before;
      if (first) now = orRefused(() => stanzas(now, some)) ?? now;
      now = orRefused(() => adopt(now)) ?? now;
      if (!first) now = orRefused(() => stanzas(now, some)) ?? now;
      if (!all) for (const name of some) now = orRefused(() => remove(now, [name])) ?? now;
      assert.equal(remove(now).config, before.config);
    }),
    { numRuns: runs, includeErrorInReport: true },
  );
});

/** Every property but ours, as a set of strings, without the section: it may have moved. */
function said(document: string): string[] {
  return parse(document).sections.flatMap(({ type, properties }) =>
    type === "ignored" ? [] : properties.map(({ name, value }) => `${name} = ${value}`),
  );
}

test("whatever is edited in between, removal never fails by itself, changes no way but those edited, and is done in one go", () => {
  const edit = fc.record({
    kind: fc.constantFrom("delete", "twice", "swap", "insert", "comment", "to-end", "crlf"),
    at: fc.nat(80),
    to: fc.nat(80),
    put: fc.oneof(
      property,
      filler,
      fc.constantFrom("[profile n]", "[aws-as n]", "[profile a]", "[aws-as a]"),
    ),
  });
  fc.assert(
    fc.property(world, fc.array(edit, { minLength: 1, maxLength: 5 }), (before, edits) => {
      if (orRefused(() => merged(before)) === undefined) return;
      const adopted = orRefused(() => adopt(before));
      if (adopted === undefined) return;
      const lines = adopted.config.split("\n");
      for (const { kind, at, to, put } of edits) {
        const index = at % lines.length;
        const there = lines[index] ?? "";
        if (kind === "delete") lines.splice(index, 1);
        else if (kind === "twice") lines.splice(index, 0, there);
        else if (kind === "insert") lines.splice(index, 0, put);
        else if (kind === "comment") lines[index] = `# ${there}`;
        else if (kind === "crlf") lines[index] = there.endsWith("\r") ? there.slice(0, -1) : `${there}\r`;
        else if (kind === "to-end") lines.push(...lines.splice(index, 1));
        else {
          const other = to % lines.length;
          [lines[index], lines[other]] = [lines[other] ?? "", there];
        }
      }
      const edited = { ...adopted, config: lines.join("\n") };
      if (orRefused(() => merged(edited)) === undefined) return;
      const back = orRefused(() => remove(edited));
      if (back === undefined) return;
      const now = said(back.config);
      for (const each of said(edited.config)) {
        if (/^credential_process = .*aws-as process/.test(each)) continue;
        const inComment = each.split("\n").every((part) => back.config.includes(part.trim()));
        assert.ok(now.includes(each) || inComment, `${each} is lost in\n${back.config}`);
      }
      // A line put aside counts again when the one that was preferred to it has been deleted.
      if (back.warnings.length === 0 && !edited.config.includes("put aside")) {
        const [was, is] = [ways(edited), ways(back)];
        // A profile that init had made is gone, and its name with it.
        for (const name of merged(back).profiles.keys())
          assert.equal(is[name], was[name], `${name} in\n${back.config}`);
      }
      const again = orRefused(() => remove(back));
      assert.equal(again?.config, back.config, "a second removal found more to do");
      for (const name of everyName) orRefused(() => remove(edited, [name]));
      orRefused(() => adopt(edited));
    }),
    {
      numRuns: runs,
      includeErrorInReport: true,
      // A header behind a byte order mark is moved below a stanza of ours, where nobody can read it.
      examples: [
        [
          {
            config:
              "\xef\xbb\xbf[default]\n[aws-as b]\n[profile b] ; b\n[aws-as -e]\ncredential_process = /opt/tool x",
            credentials: "[u]\naws_access_key_id = AKIA\naws_secret_access_key = s\n",
          },
          [{ kind: "to-end", at: 0, to: 0, put: "[profile n]" }],
        ],
      ],
    },
  );
});

const two: World = {
  credentials: "",
  config: [
    "[profile u]",
    "region = x",
    "[aws-as u]",
    "access_key_id = AKIAIOSFODNN7EXAMPLE",
    "",
    "[profile r]",
    "region = eu-west-1",
    "role_arn = arn:aws:iam::222222222222:role/r",
    "source_profile = u",
    "output = json",
    "",
  ].join("\n"),
};

test("a profile whose comments a formatter took out is given back when asked for by name", () => {
  const bare = { ...two, config: adoptNamed(two, ["r"]).config.replace(/^#.*\n/gm, "") };
  const untouched = remove(bare);
  assert.equal(untouched.config, bare.config);
  assert.match(untouched.warnings.join(), /comment below the header is gone; .*: aws-as init --remove r$/);
  const back = remove(bare, ["r"]);
  assert.equal(back.config, two.config);
  assert.match(back.warnings.join(), /not all bytes are as they were/);
  // And it can be told where the program is now.
  assert.equal(adoptNamed(bare, ["r"], "/opt/aws-as").config, bare.config.replaceAll(command, "/opt/aws-as"));
});

test("an adopted profile that got another name is still ours", () => {
  const adopted = adoptNamed(two, ["r"]).config;
  const renamed = {
    ...two,
    config: adopted.replace("[profile r]", "[profile rr]").replace("[aws-as r]", "[aws-as rr]"),
  };
  assert.equal(remove(renamed).config, two.config.replace("[profile r]", "[profile rr]"));
  assert.equal(adoptNamed(renamed, ["rr"]).config, renamed.config.replace("process r\n", "process rr\n"));
});

test("a copy of an adopted profile under another name serves the first one, and stays", () => {
  const adopted = adoptNamed(two, ["r"]).config;
  const section = /\[profile r\]\n(?:.+\n)+/.exec(adopted)?.[0] ?? "";
  const copy = section.replace("[profile r]", "[profile copy]");
  const { config, warnings } = remove({ ...two, config: `${adopted}\n${copy}` });
  assert.equal(config, `${two.config}\n${copy}`);
  assert.match(warnings.join(), /left profile "copy" in place: its credential_process was changed/);
});

test("of two sections of one name, neither is touched", () => {
  const adopted = adoptNamed(two, ["r"]).config;
  for (const again of ["[profile r]\nregion = z\n", "[aws-as r]\nsession_seconds = 900\n"]) {
    const { config, warnings } = remove({ ...two, config: adopted + again });
    assert.equal(config, adopted + again);
    assert.match(warnings.join(), /this section stands there for the second time/);
  }
  const beside = stanzas(two, ["r"]).config;
  const twice = `${beside}[profile as-r]\nregion = z\n`;
  assert.equal(remove({ ...two, config: twice }).config, twice);
});

test("a device that IAM named goes with the rest, also out of a section that was there", () => {
  for (const config of [two.config, two.config.replaceAll("\n", "\r\n"), `${two.config}[aws-as z]`]) {
    for (const profile of ["u", "r", "z"]) {
      const noted = applyActions(parse(config), [{ kind: "add-device", profile, serial: "arn:x:mfa/u" }]);
      const again = adopt({ ...two, config: text(noted) }, ["u", "r"]);
      assert.match(again.config, /mfa_serial = arn:x:mfa\/u/);
      assert.equal(remove(again).config, config);
    }
  }
});

test("who builds on a user whose key is in the store loses nothing by its adoption", () => {
  const warned = (config: string) =>
    planAdoption({
      config: parse(config),
      credentials: parse("", "credentials"),
      names: ["u"],
      explicit: true,
      command,
    }).warnings;
  assert.deepEqual(warned(two.config), []);
  assert.match(warned(`${two.config}mfa_serial = m\n`).join(), /clients ask for a code by themselves/);
});

test("lines put aside are comments to PHP too, which reads on behind a #", () => {
  const own = "policy = {}\n";
  const policy = 'policy = {\n  "Version": "2012-10-17", {\n';
  const config = two.config.replace("output", `${policy}output`).concat(`\n[aws-as r]\n${own}`);
  const adopted = adoptNamed({ ...two, config }, ["r"]);
  assert.match(
    adopted.config,
    /\n; put aside by aws-as init: policy = \{\n; put aside by aws-as init: {3}"Version"/,
  );
  assert.equal(remove(adopted).config, config);
  for (const line of adopted.config.split("\n").filter((each) => each.startsWith("#"))) {
    assert.match(line, /^# [\w ,;-]+(?:: [\w ,]+)?$/);
  }
});

test("a comment of ours that a merge has doubled goes as a whole", () => {
  const adopted = adoptNamed(two, ["r"]);
  const doubled = adopted.config.replace(/^# adopted by .*\n/m, "$&$&");
  assert.equal(remove({ ...two, config: doubled }).config, two.config);
});
