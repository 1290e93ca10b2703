import sharp from 'sharp';
import { thumbnailOf } from './thumbnail';

const size = { width: 5_100, height: 4_000 };
const aPicture = () => sharp({ create: { ...size, channels: 4, background: { r: 9, g: 200, b: 3, alpha: 0.5 } } });

it('is made of a picture, and not of one of few bytes that wants much memory', async () => {
  const plain = await aPicture().jpeg().toBuffer();
  expect(await sharp((await thumbnailOf(plain)) ?? Buffer.alloc(0)).metadata()).toMatchObject({
    width: 320,
    height: 251,
  });
  const deep = await aPicture().toColourspace('rgb16').png({ progressive: true }).toBuffer();
  expect(deep.length).toBeLessThan(1024 * 1024);
  expect(await thumbnailOf(deep)).toBeNull();
});
