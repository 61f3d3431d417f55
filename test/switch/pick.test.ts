import assert from "node:assert/strict";
import test from "node:test";
import { choicesOf, type Use } from "../../src/switch/pick.ts";

const minute = 60_000;
const now = 100 * 24 * 60 * minute;
const use = (name: string, more: Partial<Use> = {}): Use => ({
  name,
  account: "111111111111",
  isCurrent: false,
  needsCode: false,
  ...more,
});

test("identities are listed with account, time left and last use, the last used first", () => {
  const uses = [
    use("never"),
    use("long-ago", { usedAt: now - 50 * 60 * minute, needsCode: true }),
    use("acting", { usedAt: now - 5 * minute, until: now + 55 * minute, isCurrent: true }),
    use("other", { account: undefined, arn: "arn:x", usedAt: now - 90 * minute }),
  ];
  assert.deepEqual(
    choicesOf(uses, now).map(({ shown }) => shown),
    [
      "acting    111111111111  now, 55 min left, used 5 min ago",
      "other                   used 1 h 30 min ago",
      "long-ago  111111111111  needs a code, used 2 days ago",
      "never     111111111111",
    ],
  );
});
