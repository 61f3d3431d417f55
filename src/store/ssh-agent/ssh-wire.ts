/* The data types of SSH. https://www.rfc-editor.org/rfc/rfc4251#section-5 */

/** A `string`: its length in four bytes, and the bytes. */
export function sshString(content: Buffer | string): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  return Buffer.concat([sshNumber(bytes.length), bytes]);
}

/** A `uint32`. */
export function sshNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Takes values from the front of the data. Throws RangeError where they do not fit. */
export class SshReader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  number(): number {
    return this.#take(4).readUInt32BE();
  }

  /** The bytes of a `string`, not copied. */
  string(): Buffer {
    return this.#take(this.number());
  }

  isAtEnd(): boolean {
    return this.#at === this.#data.length;
  }

  #take(length: number): Buffer {
    if (length > this.#data.length - this.#at) throw new RangeError("the SSH data is cut short");
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }
}
