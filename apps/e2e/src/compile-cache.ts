import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For NODE_COMPILE_CACHE: programs that a run starts many times are compiled once. */
export const compileCache = join(process.env['TEST_DIR'] ?? tmpdir(), 'compile-cache');
