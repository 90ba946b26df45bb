/** Connections inside a message stream: for an end that cannot be dialled, and dials itself. */
import type { Socket } from 'node:net';

export interface TunnelChunk {
  /** Counted by the end that opens connections; its first chunk of a number opens one. */
  connection: number;
  data: Uint8Array;
  /** The sender has closed the connection. */
  end: boolean;
}

/** The message stream between both ends. */
export interface TunnelStream {
  /** False when the stream takes no more until the tunnel's `drained` is called. */
  send(chunk: TunnelChunk): boolean;
  /** No more chunks are read until `resume`. */
  pause(): void;
  resume(): void;
}

const nothing = new Uint8Array();

/** One end of a tunnel. What a connection says at one end comes out of the same connection at the other. */
export class Tunnel {
  private readonly sockets = new Map<number, Socket>();
  /** The highest number that any connection has had: chunks of an older one that is gone open nothing. */
  private latest = 0;

  constructor(
    private readonly stream: TunnelStream,
    /** Makes this end of a connection that the other end opened. @default the other end opens none */
    private readonly connect?: () => Socket,
  ) {}

  /** Takes a connection in, under the next number. */
  add(socket: Socket, connection = this.latest + 1): void {
    this.latest = connection;
    this.sockets.set(connection, socket);
    socket.on('data', (data) => {
      if (!this.stream.send({ connection, data, end: false })) for (const one of this.sockets.values()) one.pause();
    });
    // What goes wrong closes it.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.sockets.delete(connection)) this.stream.send({ connection, data: nothing, end: true });
    });
  }

  /** A chunk has come from the other end. */
  receive({ connection, data, end }: TunnelChunk): void {
    if (this.connect && connection > this.latest) this.add(this.connect(), connection);
    const socket = this.sockets.get(connection);
    if (!socket) return;
    if (data.length > 0 && !socket.write(data)) this.waitFor(socket);
    if (!end) return;
    this.sockets.delete(connection);
    socket.end();
  }

  /** The stream takes chunks again. */
  drained(): void {
    for (const socket of this.sockets.values()) socket.resume();
  }

  /** Cuts every connection. Nothing more is sent. */
  close(): void {
    const sockets = [...this.sockets.values()];
    this.sockets.clear();
    for (const socket of sockets) socket.destroy();
  }

  /** Reads nothing more until the connection has taken what it was given, or is gone. */
  private waitFor(socket: Socket): void {
    const goOn = () => {
      socket.off('drain', goOn).off('close', goOn);
      this.stream.resume();
    };
    this.stream.pause();
    socket.once('drain', goOn).once('close', goOn);
  }
}
