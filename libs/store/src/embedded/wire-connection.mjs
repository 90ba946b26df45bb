// What PostgreSQL clients send: https://www.postgresql.org/docs/15/protocol-message-formats.html

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

const QUERY = 'Q'.charCodeAt(0);
const PARSE = 'P'.charCodeAt(0);
const TERMINATE = 'X'.charCodeAt(0);
/** Every message that a client may send once it is connected; PGlite hangs over any other. */
const KNOWN = new Set([...'BCcdDEFfHPpQSX'].map((letter) => letter.charCodeAt(0)));
/** Messages after which the database has something to do: Query, Sync, Flush, FunctionCall. */
const ACTED_UPON = new Set([...'QSHF'].map((letter) => letter.charCodeAt(0)));

/** What a connection wants to run. `refused`: a sentence why it will not be. @typedef {{ messages: Buffer, refused?: string }} Batch */

/** One client: cuts what arrives into batches that the database can act upon. */
export class Connection {
  /** @type {Buffer} */
  #received = Buffer.alloc(0);
  #started = false;
  /** Bytes of `#received` that are whole messages, none of which is acted upon yet. */
  #scanned = 0;
  /** @type {string | undefined} */
  #refused;

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.socket = socket;
  }

  /** @param {Buffer} chunk */
  receive(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
  }

  /** The next messages up to one that is acted upon; null until they are complete. @returns {Batch | null} */
  nextBatch() {
    if (!this.#started) return this.#nextStartup();
    while (this.#received.length >= this.#scanned + 5) {
      const type = this.#received[this.#scanned] ?? 0;
      const length = this.#received.readInt32BE(this.#scanned + 1);
      if (type === TERMINATE || !KNOWN.has(type) || length < 4) return this.#hangUp();
      const end = this.#scanned + 1 + length;
      if (this.#received.length < end) return null;
      if (isCopyIn(type, this.#received.subarray(this.#scanned + 5, end)))
        this.#refused = 'COPY FROM STDIN does not work on the embedded database: use INSERT';
      this.#scanned = end;
      if (ACTED_UPON.has(type)) return this.#cut(end);
    }
    return null;
  }

  #nextStartup() {
    while (this.#received.length >= 8) {
      const length = this.#received.readInt32BE(0);
      const code = this.#received.readInt32BE(4);
      if (code === CANCEL_REQUEST || length < 8) return this.#hangUp();
      if (this.#received.length < length) return null;
      if (code !== SSL_REQUEST && code !== GSS_REQUEST) {
        this.#started = true;
        return this.#cut(length);
      }
      this.#cut(length);
      this.socket.write('N');
    }
    return null;
  }

  #hangUp() {
    this.socket.destroy();
    return null;
  }

  /** @param {number} end @returns {Batch} */
  #cut(end) {
    const batch = { messages: this.#received.subarray(0, end), refused: this.#refused };
    this.#received = this.#received.subarray(end);
    this.#scanned = 0;
    this.#refused = undefined;
    return batch;
  }
}

/** Whether a message asks to copy from the client. @param {number} type @param {Buffer} body */
function isCopyIn(type, body) {
  if (type !== QUERY && type !== PARSE) return false;
  return /\bcopy\b[^;]*\bfrom\s+stdin\b/i.test(body.toString('latin1'));
}
