import { createServer } from 'node:net';
import { Connection } from './wire-connection.mjs';

/**
 * Speaks PostgreSQL's protocol to many connections over one PGlite, which has one session for all of them.
 *
 * A connection takes a turn with its first message and keeps it until the database says `ReadyForQuery` outside a
 * transaction. Parse, Bind, Execute and Sync of one query therefore stay together, also when they arrive in several
 * pieces: the unnamed statement belongs to the session, and a Bind that meets another connection's Parse would be
 * answered with that one's rows. (PGlite's own socket package hands on single messages: with ten connections and
 * parameters of 400 kB, 140 of 300 queries failed or answered wrongly; 2026-11, version 0.2.17.)
 *
 * Known limits of the one session: names of prepared statements, settings and temporary tables are shared. COPY FROM
 * STDIN is refused: the database cannot wait for a client in mid-statement, it would end.
 */

const SYNC = Uint8Array.from([0x53, 0, 0, 0, 4]);
const ROLLBACK = Uint8Array.from([0x51, 0, 0, 0, 13, ...Buffer.from('ROLLBACK\0')]);

/** @typedef {import('./wire-connection.mjs').Batch} Batch */

/**
 * @typedef {object} Database the part of PGlite that is needed
 * @property {(message: Uint8Array, options: { onRawData: (data: Uint8Array) => void }) => Promise<void>} execProtocolRawStream
 * @property {() => boolean} isInTransaction
 */

export class WireServer {
  #database;
  #idleInTransactionMs;
  #onFatal;
  #server;
  /** @type {Set<Connection>} */
  #connections = new Set();
  /** Connections that wait for a turn, each with the batch that it starts with. @type {[Connection, Batch][]} */
  #waiting = [];
  /** The connection whose turn it is. @type {Connection | null} */
  #holder = null;
  /** @type {NodeJS.Timeout | undefined} */
  #idleTimer;
  #busy = false;

  /**
   * @param {Database} database
   * @param {object} options
   * @param {number} options.idleInTransactionMs a client that keeps its turn for so long without a word is cut off
   * @param {(error: unknown) => void} options.onFatal the database itself broke
   */
  constructor(database, { idleInTransactionMs, onFatal }) {
    this.#database = database;
    this.#idleInTransactionMs = idleInTransactionMs;
    this.#onFatal = onFatal;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @param {string} path of a Unix socket @returns {Promise<void>} */
  listen(path) {
    return new Promise((done, fail) => {
      this.#server.once('error', fail);
      this.#server.listen(path, done);
    });
  }

  /** Cuts everybody off. @returns {Promise<void>} */
  close() {
    const closed = new Promise((/** @type {(nothing: void) => void} */ done) => this.#server.close(() => done()));
    for (const { socket } of this.#connections) socket.destroy();
    clearTimeout(this.#idleTimer);
    return closed;
  }

  /** @param {import('node:net').Socket} socket */
  #accept(socket) {
    const connection = new Connection(socket);
    this.#connections.add(connection);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      connection.receive(chunk);
      this.#offer(connection);
      void this.#work();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#connections.delete(connection);
      this.#waiting = this.#waiting.filter(([other]) => other !== connection);
      void this.#work();
    });
  }

  /** Queues the connection if it has something to do and neither waits nor holds the turn. @param {Connection} connection */
  #offer(connection) {
    if (connection === this.#holder || this.#waiting.some(([other]) => other === connection)) return;
    const batch = connection.nextBatch();
    if (batch) this.#waiting.push([connection, batch]);
  }

  /** Runs batches until nobody who may speak has anything to say. */
  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#idleTimer);
    try {
      for (;;) {
        if (this.#holder && !this.#connections.has(this.#holder)) await this.#abandonTurn();
        const turn = this.#nextTurn();
        if (!turn) break;
        const [connection, batch] = turn;
        this.#holder = connection;
        if (await this.#run(connection, batch)) {
          this.#holder = null;
          this.#offer(connection);
        }
      }
    } catch (error) {
      this.#onFatal(error);
      return;
    }
    this.#busy = false;
    const silent = this.#holder;
    if (silent) this.#idleTimer = setTimeout(() => silent.socket.destroy(), this.#idleInTransactionMs);
  }

  /** @returns {[Connection, Batch] | null} */
  #nextTurn() {
    if (!this.#holder) return this.#waiting.shift() ?? null;
    const batch = this.#holder.nextBatch();
    return batch && [this.#holder, batch];
  }

  /** @param {Connection} connection @param {Batch} batch @returns {Promise<boolean>} whether the turn is over */
  async #run(connection, { messages, refused }) {
    if (refused) {
      connection.socket.write(refusal(refused, this.#database.isInTransaction()));
      return !this.#database.isInTransaction();
    }
    let tail = Buffer.alloc(0);
    await this.#database.execProtocolRawStream(messages, {
      onRawData: (data) => {
        const answer = Buffer.from(data);
        tail = answer.length >= 6 ? answer.subarray(-6) : Buffer.concat([tail, answer]).subarray(-6);
        if (connection.socket.writable) connection.socket.write(answer);
      },
    });
    return endsIdle(tail);
  }

  /** The holder is gone: what it left open is rolled back. */
  async #abandonTurn() {
    const onRawData = () => {};
    await this.#database.execProtocolRawStream(SYNC, { onRawData });
    if (this.#database.isInTransaction()) await this.#database.execProtocolRawStream(ROLLBACK, { onRawData });
    this.#holder = null;
  }
}

/** Whether an answer ends with ReadyForQuery, status idle: `Z`, length 5, `I`. @param {Buffer} tail */
function endsIdle(tail) {
  return tail.length === 6 && tail[0] === 0x5a && tail.readInt32BE(1) === 5 && tail[5] === 0x49;
}

/** ErrorResponse (`0A000`, feature not supported) and ReadyForQuery. @param {string} sentence @param {boolean} inTransaction */
function refusal(sentence, inTransaction) {
  const fields = Buffer.from(`SERROR\0C0A000\0M${sentence}\0\0`);
  const head = Buffer.from([0x45, 0, 0, 0, 0]);
  head.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields, Buffer.from([0x5a, 0, 0, 0, 5, inTransaction ? 0x54 : 0x49])]);
}
