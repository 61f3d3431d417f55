import { keychainSuite } from "../support/keychain-suite.ts";

keychainSuite("kwallet");
