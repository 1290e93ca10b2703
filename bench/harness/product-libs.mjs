import { pathToFileURL } from 'node:url';
import { bundle } from '../../tools/build/bundle.mjs';
import { inDist, inRoot } from '../../tools/paths.mjs';

/** The product's own contract, crypto and contact rules, built from their sources: bodies of the bench are real ones. */
export async function loadProductLibs() {
  const file = inDist('bench', 'product-libs.js');
  await bundle({ [file]: inRoot('bench', 'load', 'product-libs.mjs') });
  const libs = await import(pathToFileURL(file).href);
  await libs.cryptoReady();
  return libs;
}
