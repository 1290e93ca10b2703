export interface StoredCopy {
  /** Tells two contents apart, without reading them. */
  stamp: string;
  body: Buffer;
  /** Proof that a gateway of this installation wrote the body. */
  seal: string;
}

/** A place outside Postgres where the last copy of the catalogue lies. Every call ends within a few seconds. */
export interface CopyStore {
  /** Null when there is no copy. */
  read(): Promise<StoredCopy | null>;
  /** The stamp of what lies there, which thereby stays longer. */
  touch(): Promise<string | null>;
  /** Replaces what lies there, whole. */
  write(copy: StoredCopy): Promise<void>;
  close(): void;
}
