import type { Metadata } from 'sharp';

/** Of an image that is decoded, pixels: 8 000 by 5 000. */
export const mostPixels = 40_000_000;
/** Of what is decoded, in case all of it has to be at once: so many pixels of four channels of a byte each. */
const mostDecodedBytes = 4 * mostPixels;
const side = 320;
const longestSeconds = 20;

/** A small WebP of an image, upright and without what a camera wrote about place and time; null where it cannot be decoded, or is too large. */
export async function thumbnailOf(image: Buffer): Promise<Buffer | null> {
  // Loaded with the first image.
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  const opened = () => sharp(image, { limitInputPixels: mostPixels, failOn: 'error', sequentialRead: true });
  try {
    if (decodedBytes(await opened().metadata()) > mostDecodedBytes) return null;
    return await opened()
      .rotate()
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 75 })
      .timeout({ seconds: longestSeconds })
      .toBuffer();
  } catch {
    // Whatever is wrong with it: nobody could show it.
    return null;
  }
}

const decodedBytes = ({ width, height, channels, depth }: Metadata): number =>
  width * height * channels * (depth === 'uchar' ? 1 : 2);
