import { FollowedCampaign } from './followed-campaign';

const shortest = 250;
const longest = 5_000;

describe('FollowedCampaign', () => {
  let looks: number[];
  let campaign: FollowedCampaign;
  beforeEach(() => {
    jest.useFakeTimers();
    jest.setSystemTime(0);
    looks = [];
    const look = async (): Promise<void> => {
      looks.push(Date.now());
      throw new Error('away');
    };
    campaign = new FollowedCampaign(look, () => shortest, longest);
  });
  afterEach(() => {
    campaign.stop();
    jest.useRealTimers();
  });

  it('looks soon after a change, and not more often than every 250 ms however many come', () => {
    jest.setSystemTime(1_000);
    for (let at = 0; at < 1_000; at += 10) {
      campaign.lookSoon();
      jest.advanceTimersByTime(10);
    }
    expect(looks).toEqual([1_000, 1_250, 1_500, 1_750, 2_000]);
  });

  it('looks by itself after 5 s without a change', () => {
    jest.advanceTimersByTime(10_000);
    expect(looks).toEqual([5_000, 10_000]);
  });

  it('looks no more once it is stopped', () => {
    campaign.lookSoon();
    campaign.stop();
    jest.advanceTimersByTime(20_000);
    expect(looks).toEqual([]);
  });
});
