import { fish } from "../support/shells/fish.ts";
import { storyOf } from "../support/shells/story.ts";

storyOf(fish);
