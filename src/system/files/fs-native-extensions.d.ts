/** The one function of the package that is used; it ships no types of its own. */
declare module "fs-native-extensions" {
  /** Takes an exclusive lock on a whole open file, or answers false when another holder has it. */
  export function tryLock(fd: number): boolean;
}
