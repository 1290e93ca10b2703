import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const usual = '/usr/bin/chromium';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser of this machine; the tools install it before these tests. */
export const launchChromium = (): Promise<Browser> => {
  const executablePath = process.env['CHROMIUM_PATH'] ?? usual;
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: install it (Debian package chromium) or set CHROMIUM_PATH`);
  }
  return chromium.launch({ executablePath, args: flags });
};

/** Where a picture of a page is kept for people to look at. */
export const screenshotPath = (name: string): string => {
  const folder = join('.local', 'test', 'screenshots');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
};
