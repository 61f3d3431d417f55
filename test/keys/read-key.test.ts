import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { readKey } from "../../src/keys/read-key.ts";

const id = "AKIAFAKEUSER1KEY0001";
const secret = "fake/Secret+Key/of/my-user1/0123456789AB";

const texts: readonly [what: string, text: string][] = [
  [
    "the answer of aws iam create-access-key",
    JSON.stringify({
      AccessKey: { UserName: "me", AccessKeyId: id, Status: "Active", SecretAccessKey: secret },
    }),
  ],
  ["a credential_process document", JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: secret })],
  ["the console's file for a key", `Access key ID,Secret access key\r\n${id},${secret}\r\n`],
  [
    "the same with a byte order mark and quotes",
    `\ufeff"Access key ID","Secret access key"\n"${id}","${secret}"\n`,
  ],
  [
    "the console's file for a new user",
    `User name,Password,Access key ID,Secret access key,Console login link\nme,,${id},${secret},https://x\n`,
  ],
  ["lines of a credentials file", `[my-user1]\naws_access_key_id = ${id}\naws_secret_access_key=${secret}\n`],
  ["lines for a shell", `export AWS_ACCESS_KEY_ID="${id}"\nexport AWS_SECRET_ACCESS_KEY='${secret}'\n`],
  ["two lines", `${id}\n${secret}\n`],
  ["two words, no newline", `${id} ${secret}`],
];

for (const [what, text] of texts) {
  test(`a key is read from ${what}`, () => {
    const key = readKey(text, "standard input");
    assert.deepEqual([key.accessKeyId, key.secretAccessKey.reveal()], [id, secret]);
  });
}

const others: readonly [what: string, text: string, message: RegExp][] = [
  ["nothing", "", /holds no access key$/],
  ["a secret alone", secret, /holds no access key$/],
  ["both in the wrong order", `${secret}\n${id}`, /an access key id is 16 or more capital letters/],
  ["a session's key", `ASIAFAKEUSER1KEY0001\n${secret}`, /begins with ASIA belongs to a session/],
  ["a word too short to be a secret", `${id}\nshort`, /a secret access key is one word/],
  ["a JSON document of something else", '{"AccessKey":{"AccessKeyId":"AKIA"}}', /holds no access key$/],
  ["a CSV file of something else", "a,b,c\n1, 2,3\n4,5,6\n", /holds no access key$/],
];

for (const [what, text, message] of others) {
  test(`no key is read from ${what}, and nothing of it is shown`, () => {
    assert.throws(
      () => readKey(text, "standard input"),
      (error: Error & { hints?: string[] }) => {
        assert.match(error.message, message);
        assert.ok(!JSON.stringify([error.message, error.hints]).includes(secret));
        return true;
      },
    );
  });
}

test("whatever stands there, an error shows none of it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12, unit: "binary" }), (text) => {
      try {
        readKey(text, "standard input");
      } catch (error) {
        assert.ok(!(error as Error).message.includes(text));
      }
    }),
  );
});
