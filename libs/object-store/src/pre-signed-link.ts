import type { ObjectStoreSettings } from './object-store-settings';

export interface LinkOptions {
  expiresSeconds: number;
  /** Headers that whoever uses the link must send exactly so. */
  headers?: Record<string, string>;
  query?: Record<string, string>;
}

type Signing = Pick<ObjectStoreSettings, 'publicEndpoint' | 'region' | 'bucket' | 'accessKeyId' | 'secretAccessKey'>;

/**
 * A link that lets its holder do one thing with one object until it expires (Signature Version 4 in the query). The SDK's own
 * pre-signer never signs the content type; here every given header is part of the signature.
 */
export async function preSignedLink(
  settings: Signing,
  method: 'GET' | 'PUT',
  key: string,
  { expiresSeconds, headers = {}, query = {} }: LinkOptions,
): Promise<string> {
  // Loaded with the first link.
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/checksum'),
  ]);
  const { region, accessKeyId, secretAccessKey } = settings;
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
  });
  const address = addressOf(settings, key);
  const signed = await signer.presign(
    {
      method,
      protocol: address.protocol,
      hostname: address.hostname,
      path: address.pathname,
      query,
      headers: { ...headers, host: address.host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
    },
    {
      expiresIn: expiresSeconds,
      unhoistableHeaders: new Set(Object.keys(headers)),
      signableHeaders: new Set([...Object.keys(headers), 'host']),
    },
  );
  const parts = Object.entries(signed.query ?? {}).map(([name, value]) => `${escape(name)}=${escape(String(value))}`);
  return `${address.origin}${address.pathname}?${parts.join('&')}`;
}

/** The bucket stands in the path wherever an endpoint is named, and in the host name at Amazon. */
function addressOf({ publicEndpoint, region, bucket }: Signing, key: string): URL {
  const path = key.split('/').map(escape).join('/');
  if (publicEndpoint === null) return new URL(`https://${bucket}.s3.${region}.amazonaws.com/${path}`);
  return new URL(`${publicEndpoint.replace(/\/+$/, '')}/${bucket}/${path}`);
}

const escape = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
