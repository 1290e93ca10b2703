/** Types of our columns, as the writing statement casts to them. */
export const text = 'text';
export const flag = 'boolean';
export const whole = 'bigint';
export const smallint = 'smallint';
export const times = { inserted_at: 'timestamptz', updated_at: 'timestamptz' } as const;

/** Bytes of Postgres' hex form `\x…`. */
export const bytesOfHex = (hex: string): Buffer => Buffer.from(hex.slice(2), 'hex');

/** Number of bytes in that form; null when there is none. */
export const hexLength = (hex: string | null): number | null => (hex === null ? null : (hex.length - 2) / 2);
