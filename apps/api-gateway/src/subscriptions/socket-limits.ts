import { largestJsonBody } from '../graphql/requests/request-body';

/** What one process takes on over WebSockets. */
export interface SocketLimits {
  /** Bytes of one message. */
  largestMessage: number;
  mostConnections: number;
  /** From one address, so that nobody takes all of them. */
  mostConnectionsPerAddress: number;
  /** Of one connection; also bounds what is sent of one change. */
  mostSubscriptions: number;
  /** Of all connections together: each is an execution per change. */
  mostSubscriptionsInAll: number;
  /** Documents of one connection that wait or run. */
  mostDocuments: number;
  /** Unsent bytes past which a connection is cut. An answer that is larger alone still goes out. */
  mostUnsentBytes: number;
  /** The same for all connections together: then the one that would send next and has not read is cut. */
  mostUnsentBytesInAll: number;
  /** Without any message a connection is closed (graphql-api.md §1.12). */
  silenceMs: number;
  /** For `connection_init` after the upgrade. */
  initWaitMs: number;
  /** After this long the credentials are looked at again: a token may be revoked while its connection lives. */
  identityKeptMs: number;
  /** At the end of the process: for documents in hand to be answered. */
  lastAnswersMs: number;
  /** At the end of the process: for the client's own close frame. */
  goodbyeMs: number;
}

export const socketLimits: Readonly<SocketLimits> = {
  largestMessage: largestJsonBody,
  mostConnections: 1_000,
  mostConnectionsPerAddress: 250,
  mostSubscriptions: 50,
  mostSubscriptionsInAll: 2_000,
  mostDocuments: 100,
  mostUnsentBytes: 4_000_000,
  mostUnsentBytesInAll: 128_000_000,
  silenceMs: 60_000,
  initWaitMs: 3_000,
  identityKeptMs: 5_000,
  lastAnswersMs: 2_000,
  goodbyeMs: 1_000,
};

export const SOCKET_LIMITS = Symbol('socket limits');
