import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A client that has just connected may be about to ask. */
const youngMs = 500;

/**
 * Connections that were opened and never written to, as browsers keep one in reserve. Node counts them neither idle nor busy:
 * closing waits for them as for a request's head, up to 60 s.
 */
export class SilentConnections {
  private readonly openedAt = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.openedAt.set(socket, performance.now());
      socket.once('close', () => this.openedAt.delete(socket));
    });
  }

  /** Ends those that said nothing so far. */
  end(): void {
    for (const [socket, openedAt] of this.openedAt) {
      if (socket.bytesRead === 0 && performance.now() - openedAt >= youngMs) socket.destroy();
    }
  }
}
