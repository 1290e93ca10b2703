import { createServer } from 'node:tls';
import { performance } from 'node:perf_hooks';
import { makeSelfSigned } from '../../tools/mail-servers/self-signed.ts';
import { answerBench } from '../harness/child.mjs';

/**
 * The least that a mail server can be, so that it is never what is measured: TLS from the first byte, any login, every mail
 * taken and counted. Nothing of a mail is parsed but its Message-ID.
 */
const END = Buffer.from('\r\n.\r\n');
const REPLIES = {
  EHLO: '250-sink\r\n250 AUTH PLAIN LOGIN',
  AUTH: '235 2.7.0 welcome',
  DATA: '354 go on',
  QUIT: '221 bye',
};

let times = [];
let ids = new Set();
let bytes = 0;
let connections = 0;
let last = null;

function take(source) {
  times.push(performance.now());
  bytes += source.length;
  last = source;
  ids.add(/^message-id: *<([^>]*)/im.exec(source.toString('latin1', 0, 4_096))?.[1]);
}

function serve(socket) {
  connections += 1;
  let rest = Buffer.alloc(0);
  let isData = false;
  const say = (line) => socket.write(`${line}\r\n`);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = isData ? rest.indexOf(END) : rest.indexOf('\r\n');
      if (end < 0) return;
      const part = rest.subarray(0, end);
      rest = rest.subarray(end + (isData ? END.length : 2));
      if (isData) take(part);
      const verb = isData ? '' : part.toString('latin1').slice(0, 4).toUpperCase();
      isData = verb === 'DATA';
      say(REPLIES[verb] ?? '250 2.0.0 fine');
      if (verb === 'QUIT') socket.end();
    }
  });
  say('220 sink');
}

const { key, cert } = makeSelfSigned();
const server = createServer({ key, cert, minVersion: 'TLSv1.2' }, serve);

answerBench({
  start: async () => {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { port: server.address().port, cert };
  },
  /** Forgets what was taken so far. */
  reset: () => {
    [times, ids, bytes, connections, last] = [[], new Set(), 0, 0, null];
  },
  taken: () => ({
    mails: times.length,
    distinct: ids.size,
    bytes,
    connections,
    firstAt: times[0],
    quarterAt: times[times.length >> 2],
    lastAt: times.at(-1),
  }),
  lastMail: () => last?.toString('latin1') ?? null,
});
