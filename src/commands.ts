import type { CommandClass } from "clipanion";
import type { Context } from "./cli/context.ts";
import { CompletionCommand } from "./completion/command.ts";
import { DoctorCommand } from "./doctor/command.ts";
import { ExplainCommand } from "./explain/command.ts";
import { InitCommand } from "./init/command.ts";
import { KeysAddCommand } from "./keys/add-command.ts";
import { KeysExportCommand } from "./keys/export-command.ts";
import { KeysImportCommand } from "./keys/import-command.ts";
import { KeysListCommand } from "./keys/list-command.ts";
import { KeysRemoveCommand } from "./keys/remove-command.ts";
import { KeysRotateCommand } from "./keys/rotate-command.ts";
import { ListCommand } from "./list/command.ts";
import { LoginCommand } from "./login/command.ts";
import { LogoutCommand } from "./logout/command.ts";
import { MfaChooseCommand } from "./mfa/choose-command.ts";
import { MfaListCommand } from "./mfa/list-command.ts";
import { ProcessCommand } from "./process/command.ts";
import { StatusCommand } from "./status/command.ts";
import { StoreChangeCommand } from "./storage/change-command.ts";
import { StoreMigrateCommand } from "./storage/migrate-command.ts";
import { StoreSetupCommand } from "./storage/setup-command.ts";
import { StoreStatusCommand } from "./storage/status-command.ts";
import { ActivateCommand } from "./switch/activate-command.ts";
import { EnvCommand } from "./switch/env-command.ts";
import { SwitchCommand } from "./switch/switch-command.ts";
import { UseCommand } from "./switch/use-command.ts";

/** Every door, in the order in which help lists them. */
export const commands: readonly CommandClass<Context>[] = [
  InitCommand,
  LoginCommand,
  LogoutCommand,
  StatusCommand,
  ListCommand,
  ExplainCommand,
  DoctorCommand,
  EnvCommand,
  KeysListCommand,
  KeysAddCommand,
  KeysImportCommand,
  KeysExportCommand,
  KeysRotateCommand,
  KeysRemoveCommand,
  MfaListCommand,
  MfaChooseCommand,
  StoreStatusCommand,
  StoreSetupCommand,
  StoreChangeCommand,
  StoreMigrateCommand,
  ActivateCommand,
  CompletionCommand,
  ProcessCommand,
  SwitchCommand,
  UseCommand,
];
