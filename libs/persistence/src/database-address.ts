import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

/** A database URL asks for TLS in a way that cannot be met. Holds no part of the URL: that has a password. */
export class DatabaseAddressError extends Error {
  readonly code = 'database.address_invalid';

  constructor(reason: string, options?: ErrorOptions) {
    super(`DATABASE_URL: ${reason}`, options);
    this.name = 'DatabaseAddressError';
  }
}

/** As `tls.connect` takes them. */
export interface DatabaseTls {
  ca?: string;
  cert?: string;
  key?: string;
  rejectUnauthorized?: boolean;
  /** Whom the certificate must be for, where the server is named by its number. */
  host?: string;
  checkServerIdentity?: () => undefined;
}

/** What `pg` is opened with. `ssl` is left out where the URL says nothing of TLS. */
export interface DatabaseAddress {
  connectionString: string;
  ssl?: false | DatabaseTls;
}

const tlsParameters = ['ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'] as const;

/**
 * The address without its TLS parameters, and these as libpq means them (PostgreSQL manual, 34.19): `require` encrypts,
 * `verify-ca` also checks who signed the server's certificate, `verify-full` also that it is the server's. `sslrootcert`
 * makes `require` a `verify-ca`. The driver itself reads `require` as `verify-full`, and checks the name "localhost" for
 * every server named by its number. Throws DatabaseAddressError.
 */
export function databaseAddress(url: string): DatabaseAddress {
  const parsed = URL.parse(url);
  if (!parsed) return { connectionString: url };
  const given = Object.fromEntries(tlsParameters.map((name) => [name, parsed.searchParams.get(name)]));
  if (tlsParameters.every((name) => given[name] === null)) return { connectionString: url };
  for (const name of tlsParameters) parsed.searchParams.delete(name);
  return { connectionString: parsed.href, ssl: tlsOf(given, parsed.hostname.replace(/^\[|\]$/g, '')) };
}

function tlsOf(given: Partial<Record<string, string | null>>, host: string): false | DatabaseTls {
  const mode = given['sslmode'] ?? modeOfFlag(given['ssl'] ?? null);
  if (mode === 'disable') return false;
  const files = {
    ...(given['sslrootcert'] && { ca: read('sslrootcert', given['sslrootcert']) }),
    ...(given['sslcert'] && { cert: read('sslcert', given['sslcert']) }),
    ...(given['sslkey'] && { key: read('sslkey', given['sslkey']) }),
  };
  if (!files.cert !== !files.key) throw new DatabaseAddressError('sslcert and sslkey belong together');
  // Which name is checked where the server is named by its number: the driver names none.
  const named = isIP(host) ? { host } : {};
  const withoutName = { ...files, checkServerIdentity: () => undefined };
  switch (mode) {
    case 'no-verify':
    case 'require':
      return files.ca ? withoutName : { ...files, rejectUnauthorized: false };
    case 'verify-ca':
      if (!files.ca) throw new DatabaseAddressError('sslmode=verify-ca needs sslrootcert, or anybody may sign');
      return withoutName;
    case 'verify-full':
      return { ...files, ...named };
    case 'allow':
    case 'prefer':
      throw new DatabaseAddressError(`sslmode=${mode} may end in clear text: use require, verify-ca or verify-full`);
    default:
      throw new DatabaseAddressError('sslmode must be disable, require, verify-ca or verify-full');
  }
}

const modeOfFlag = (flag: string | null): string => {
  if (flag === null || ['true', '1'].includes(flag)) return 'verify-full';
  if (['false', '0'].includes(flag)) return 'disable';
  return flag;
};

function read(parameter: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code = 'failed' } = cause as NodeJS.ErrnoException;
    throw new DatabaseAddressError(`cannot read ${parameter} "${file}": ${code}`, { cause });
  }
}
