import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const integer = (...bytes: number[]) => der(0x02, Buffer.from(bytes));
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const utcTime = (at: Date) => der(0x17, Buffer.from(`${at.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'));
const commonName = (name: string) =>
  sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(name, 'utf8')))));
const dayMs = 86_400_000;

function toBeSigned(publicKey: KeyObject, name: string, issuer: string): Buffer {
  const now = Date.now();
  const altNames = sequence(der(0x82, Buffer.from(name)), der(0x87, Buffer.from([127, 0, 0, 1])));
  const isAuthority = sequence(...(issuer === name ? [der(0x01, Buffer.from([0xff]))] : []));
  return sequence(
    der(0xa0, integer(2)),
    integer(1, ...randomBytes(8)),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(utcTime(new Date(now - dayMs)), utcTime(new Date(now + dayMs))),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        sequence(objectId('551d11'), der(0x04, altNames)),
        sequence(objectId('551d13'), der(0x01, Buffer.from([0xff])), der(0x04, isAuthority)),
      ),
    ),
  );
}

export interface Certificate {
  /** PEM. */
  key: string;
  cert: string;
}

/** A certificate for `name` and 127.0.0.1, signed by its own key, good for a day around now. PEM. */
export const makeSelfSigned = (name = 'localhost'): Certificate => make(name, null);

/** As makeSelfSigned, but signed by the self-signed one of `issuer`. */
export const makeSigned = (name: string, issuer: string, { key }: Certificate): Certificate =>
  make(name, { name: issuer, key });

function make(name: string, issuer: { name: string; key: string } | null): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = toBeSigned(publicKey, name, issuer?.name ?? name);
  const signature = sign('sha256', body, issuer ? createPrivateKey(issuer.key) : privateKey);
  const certificate = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
