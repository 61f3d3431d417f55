import { nushell } from "../support/shells/nushell.ts";
import { storyOf } from "../support/shells/story.ts";

storyOf(nushell);
