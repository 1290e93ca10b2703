import { describeAttemptStore, describeParkingStore } from '@groundswell/testing';
import { FakeAttemptStore } from './fake.attempt-store';
import { FakeParkingStore } from './fake.parking-store';

describeParkingStore('FakeParkingStore', () => {
  const store = new FakeParkingStore();
  return Promise.resolve({
    store,
    parked: (queue) => Promise.resolve(store.rows.filter((row) => row.queue === queue)),
  });
});

describeAttemptStore('FakeAttemptStore', () => Promise.resolve(new FakeAttemptStore()));
