import { loadedCampaign } from '../../tools/loading/stored-actions.mjs';

const DOCUMENT = `query campaignStats($name: String!) {
  campaign(name: $name) {
    id
    stats {
      supporterCount
      supporterCountByArea { area count }
      supporterCountByOrg { count org { name } }
      actionCount { actionType count }
    }
  }
}
`;

export const statsBody = (number) =>
  JSON.stringify({ query: DOCUMENT, operationName: 'campaignStats', variables: { name: loadedCampaign(number) } });

/** The whole request for a campaign's figures as a buffer, and where in it the digits of the campaign's number are. */
export function statsRequest(port) {
  const body = Buffer.from(statsBody(0));
  const head = [
    'POST /api HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    'connection: keep-alive',
    'accept: application/json',
    'content-type: application/json',
    `content-length: ${body.length}`,
    'origin: https://campaign.example.org',
    '',
    '',
  ].join('\r\n');
  const bytes = Buffer.concat([Buffer.from(head), body]);
  const name = loadedCampaign(0);
  const digits = /\d+$/.exec(name)[0].length;
  return { bytes, digitsAt: bytes.indexOf(name) + name.length - digits, digits, bodyBytes: body.length };
}
