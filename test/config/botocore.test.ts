import assert from "node:assert/strict";
import test from "node:test";
import { startBotocore, withoutBotocore } from "../support/botocore/botocore.ts";
import { compareFiles } from "../support/botocore/differential.ts";

test("chains lead where botocore's lead, but for what is decided otherwise", {
  skip: withoutBotocore(),
}, async () => {
  const botocore = await startBotocore();
  try {
    // More files, and other ones: npm run differential.
    const { files, profiles, chains, refused } = await compareFiles(60, 14, botocore);
    assert.equal(files, 60);
    assert.ok(
      profiles > 150 && chains > 15 && refused < 20,
      `${profiles} profiles, ${chains} chains, ${refused} refused`,
    );
  } finally {
    await botocore.stop();
  }
});
