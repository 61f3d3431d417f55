import { elvish } from "../support/shells/elvish.ts";
import { storyOf } from "../support/shells/story.ts";

storyOf(elvish);
