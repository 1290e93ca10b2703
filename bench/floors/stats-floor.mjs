import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { answerBench } from '../harness/child.mjs';

/** A campaign's figures through a bare Node program: one HGETALL, and JSON of all it holds, no GraphQL, orgs or versions. */
class StatsFloor {
  async open({ redisUrl, keys }) {
    this.redis = new Redis(redisUrl);
    this.server = createServer((request, response) => this.answer(request, response, keys));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this.server.address().port;
  }

  answer(request, response, keys) {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const { variables } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const fields = await this.redis.hgetall(keys[variables.name]);
      const stats = { supporterCount: 0, supporterCountByOrg: [], supporterCountByArea: [], actionCount: [] };
      for (const [field, value] of Object.entries(fields)) {
        const count = Number(value);
        if (field.startsWith('o:')) {
          stats.supporterCount += count;
          stats.supporterCountByOrg.push({ count, org: { name: field } });
        } else if (field.startsWith('a:')) stats.supporterCountByArea.push({ area: field.slice(2), count });
        else if (field.startsWith('t:')) stats.actionCount.push({ actionType: field.slice(2), count });
      }
      const body = Buffer.from(JSON.stringify({ data: { campaign: { stats } } }));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      response.end(body);
    });
  }

  async close() {
    this.redis.disconnect();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const floor = new StatsFloor();
answerBench({ open: (input) => floor.open(input), close: () => floor.close() });
