import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { elvishSettings, elvishWith } from "../support/shells/elvish.ts";
import { storyOf } from "../support/shells/story.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-elvish-"));
after(() => rmSync(folder, { recursive: true }));
const startFile = join(folder, "rc.elv");
writeFileSync(startFile, elvishSettings);
const elvish = elvishWith(startFile);

storyOf(elvish);
