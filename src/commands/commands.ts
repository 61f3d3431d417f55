import type { CommandClass } from "clipanion";
import type { Context } from "../cli/context.ts";
import { ProcessCommand } from "../process/command.ts";
import { ActivateCommand } from "../switch/activate.ts";
import { EnvCommand } from "../switch/env.ts";
import { SwitchCommand } from "../switch/switch.ts";
import { UseCommand } from "../switch/use.ts";
import { CompletionCommand } from "./completion/command.ts";
import { DoctorCommand } from "./doctor/command.ts";
import { ExplainCommand } from "./explain/command.ts";
import { InitCommand } from "./init/command.ts";
import { KeysAddCommand } from "./keys/add.ts";
import { KeysExportCommand } from "./keys/export.ts";
import { KeysImportCommand } from "./keys/import.ts";
import { KeysListCommand } from "./keys/list.ts";
import { KeysRemoveCommand } from "./keys/remove.ts";
import { KeysRotateCommand } from "./keys/rotate.ts";
import { ListCommand } from "./list/command.ts";
import { LoginCommand } from "./login.ts";
import { LogoutCommand } from "./logout.ts";
import { MfaChooseCommand } from "./mfa/choose.ts";
import { MfaListCommand } from "./mfa/list.ts";
import { StatusCommand } from "./status/command.ts";
import { StoreChangeCommand } from "./store/change.ts";
import { StoreMigrateCommand } from "./store/migrate.ts";
import { StoreSetupCommand } from "./store/setup.ts";
import { StoreStatusCommand } from "./store/status.ts";

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
