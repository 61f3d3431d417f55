import type { AwsErrorKind } from "../../aws/aws-error.ts";
import type { SsoSignIn } from "../../aws/sso-token.ts";
import type { RawFile } from "../../clients/raw-file.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import type { Document } from "../../config/files/document.ts";
import type { Position } from "../../config/resolve/identity.ts";
import type { IdentityName } from "../../config/resolve/identity-list.ts";
import type { Stanza } from "../../profiles/stanzas.ts";
import type { StoreKind, StoreState, UnlockSlot } from "../../store/secret-store.ts";
import type { Environment } from "../../system/environment.ts";
import type { UserError } from "../../system/user-error.ts";
import type { OnDisk, ProgramState } from "./disk.ts";

/** A fact, or why it could not be had. */
export type Fact<T> = { readonly value: T } | { readonly because: string };

/** One of the two AWS files. */
export interface FileFacts {
  readonly path: string;
  /** As messages name it. */
  readonly shown: string;
  /** The variable that names the file; absent: it lies where it does by default. */
  readonly variable?: string | undefined;
  readonly disk: OnDisk | undefined;
  /** Why it cannot be read, though it is there. */
  readonly unreadable?: string | undefined;
  readonly raw: RawFile;
  /** The file as aws-as reads it. */
  readonly document: Document;
  /** The lines that it cannot read, and why. */
  readonly errors: readonly FileError[];
}

export interface FileError {
  readonly line: number;
  readonly message: string;
  /** What helps, where the error itself knows. */
  readonly hint?: string | undefined;
}

export interface FolderFacts {
  readonly path: string;
  readonly shown: string;
  /** AWS_AS_DIR. */
  readonly isOurs: boolean;
  readonly disk: OnDisk | undefined;
}

/** What is known of an identity's device: files alone were asked, and what IAM once said. */
export type DeviceFacts = "none" | "unknown" | { readonly serial: string };

export interface IdentityFacts extends IdentityName {
  /** Why it leads nowhere, with what helps. */
  readonly error?: UserError;
  /** Absent where the root is no long-term key. */
  readonly device?: DeviceFacts;
  /** The profile that holds the long-term key. */
  readonly root?: string;
}

export interface StoreFacts {
  /** What environment or configuration ask for. */
  readonly wanted?: { readonly value: string; readonly from: string } | undefined;
  readonly states: Readonly<Partial<Record<StoreKind, StoreState>>>;
  /** The store in use; absent: what is asked for is none. */
  readonly used?: StoreKind | undefined;
  /** Names of the items in the stores that are looked at; no secrets. */
  readonly items: Fact<readonly string[]>;
  /** Of the file store, where it is the one in use and set up. */
  readonly slots?: readonly UnlockSlot[] | undefined;
  /** What gives the file store's passphrase without a question: then the first write sets the store up. */
  readonly givenPassphrase?: string | undefined;
  /** What opens it with no question. */
  readonly opens?: string | undefined;
  /** Why the agent does not. */
  readonly agentBecause?: string | undefined;
  /** The command that mends that. */
  readonly agentHint?: string | undefined;
}

/** What a request to STS came to. */
export interface StsFacts {
  readonly host: string;
  readonly outcome:
    | { readonly kind: "answer" /** Milliseconds that this machine is ahead. */; readonly ahead: number }
    | {
        readonly kind: "failure";
        readonly because: AwsErrorKind;
        readonly message: string;
        readonly hints: readonly string[];
      };
}

/** The program that a command begins with, and whether it can be started. */
export interface ProgramFacts {
  readonly word: string;
  readonly state: ProgramState;
}

/** A profile whose credential_process is aws-as. */
export interface StanzaFacts extends Stanza {
  /** The first word: aws-as, or Node. */
  readonly program: ProgramFacts;
  /** Where Node is the program: the file that it is given, and whether it can be read. */
  readonly script?: { readonly path: string; readonly readable: boolean } | undefined;
  /** The aws-as that it runs in the end, links resolved. */
  readonly target?: { readonly path: string; readonly version?: string | undefined } | undefined;
}

/** A command that a setting names, with its program where that is known. */
export interface CommandFacts {
  /** mfa_process, passphrase_process, credential_process. */
  readonly setting: string;
  readonly command: string;
  readonly program?: ProgramFacts | undefined;
  /** Absent: a variable says it. */
  readonly position?: Position;
}

/** A file of certificates, and why it cannot be used. */
export interface BundleFacts {
  readonly from: string;
  readonly position?: Position;
  readonly trouble?: { readonly message: string } | undefined;
}

/** A session of IAM Identity Center. */
export interface SsoFacts extends SsoSignIn {
  readonly session: string;
  readonly position: Position;
}

/** All that the checks look at, gathered before the first of them. Holds secrets of the files: it is never printed. */
export interface Snapshot {
  readonly env: Environment;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly nodeVersion: string;
  readonly program: { readonly node: string; readonly script: string; readonly version: string };
  readonly config: AwsConfig;
  readonly files: { readonly config: FileFacts; readonly credentials: FileFacts };
  /** The folders of the files, and ours, with how they lie on the disk. */
  readonly folders: readonly FolderFacts[];
  readonly stanzas: readonly StanzaFacts[];
  readonly identities: readonly IdentityFacts[];
  readonly commands: readonly CommandFacts[];
  readonly sso: readonly SsoFacts[];
  readonly store: Fact<StoreFacts>;
  /** undefined: `--offline`. */
  readonly sts: readonly StsFacts[] | undefined;
  readonly bundles: readonly BundleFacts[];
  /** Whether NODE_EXTRA_CA_CERTS can be read; absent: it is not set. */
  readonly extraCaReadable?: boolean | undefined;
  readonly hasAwsCli: boolean;
  /** The path of the running program, links resolved. */
  readonly ownTarget: string;
  /** What `init` would write as the program, for comparison; absent: its path cannot be written. */
  readonly command?: { readonly text: string; readonly warnings: readonly string[] } | undefined;
}
