import { bourneShells } from "../support/shells/bourne.ts";
import { storyOf } from "../support/shells/story.ts";

for (const shell of bourneShells) storyOf(shell);
