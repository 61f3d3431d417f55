import type { Document } from "../config/files/document.ts";
import { addSection, removeProperty, removeSection, setProperty } from "../config/files/edit.ts";
import { type Action, mark } from "./actions.ts";
import { adoptProfile } from "./adopt-profile.ts";
import { noteDevice, removeDevice } from "./device-note.ts";
import { releaseProfile } from "./release-profile.ts";
import { restoreProfile } from "./restore-profile.ts";

/** The file with all actions carried out, in order. */
export function applyActions(document: Document, actions: readonly Action[]): Document {
  return actions.reduce(applyAction, document);
}

function applyAction(document: Document, action: Action): Document {
  const profile = { type: "profile", name: action.profile } as const;
  switch (action.kind) {
    case "add-stanza": {
      const section = { ...profile, comments: [mark], properties: action.properties };
      const neighbours = (["profile", "aws-as"] as const).map((type) => ({ type, name: action.identity }));
      return addSection(
        document,
        section,
        neighbours.find((each) => has(document, each)),
      );
    }
    case "update-stanza": {
      const shorter = action.remove.reduce((each, name) => removeProperty(each, profile, name), document);
      return action.set.reduce((each, [name, value]) => setProperty(each, profile, name, value), shorter);
    }
    case "add-device":
      return noteDevice(document, action.profile, action.serial);
    case "adopt":
      return adoptProfile(document, action.profile, action.command);
    case "restore":
      return restoreProfile(document, action.profile).document;
    case "release":
      return releaseProfile(document, action.profile);
    case "remove-stanza":
      return removeSection(document, profile);
    case "remove-device":
      return removeDevice(document, action.profile);
  }
}

function has(document: Document, key: { type: string; name: string }): boolean {
  return document.sections.some(({ type, name }) => type === key.type && name === key.name);
}
