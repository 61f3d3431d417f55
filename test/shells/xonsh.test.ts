import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { storyOf } from "../support/shells/story.ts";
import { xonshSettings, xonshWith } from "../support/shells/xonsh.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-xonsh-"));
after(() => rmSync(folder, { recursive: true }));
const startFile = join(folder, "rc.xsh");
writeFileSync(startFile, xonshSettings);
const xonsh = xonshWith(startFile);

storyOf(xonsh);
