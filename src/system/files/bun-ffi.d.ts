/** What bun-locks.ts and bun-replace-process.ts use of Bun, whose own types would change those of Node.js everywhere. */
declare module "bun:ffi" {
  type Call = (...args: readonly (number | bigint)[]) => number;
  export const FFIType: { readonly i32: number; readonly ptr: number };
  export function dlopen(
    library: string,
    symbols: Readonly<Record<string, { readonly args: readonly number[]; readonly returns: number }>>,
  ): { readonly symbols: Readonly<Record<string, Call>> };
  export function ptr(memory: DataView): number;
  export const read: { i32(place: number, offset: number): number };
}
