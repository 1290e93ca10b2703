import { createServer } from 'node:http';

/** The least that can start and say that it is ready. */
createServer((_request, response) => response.end('{"status":"ok"}')).listen(Number(process.env.PORT), '127.0.0.1');
