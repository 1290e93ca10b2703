import { PublishCircuit } from './publish-circuit';

const aCircuit = () => new PublishCircuit({ suspectAfter: 3, probe: { firstMs: 10, maxMs: 40 } });
const suspectCircuit = () => {
  const circuit = aCircuit();
  for (let i = 0; i < 3; i += 1) circuit.timedOut();
  return circuit;
};

it('turns suspect after so many timeouts in a row, and says so once', () => {
  const circuit = aCircuit();
  expect([circuit.timedOut(), circuit.timedOut(), circuit.timedOut(), circuit.timedOut()]).toEqual([
    false,
    false,
    true,
    false,
  ]);
  expect(circuit.admit()).toBe(false);
});

it('counts only timeouts in a row', () => {
  const circuit = aCircuit();
  circuit.timedOut();
  circuit.timedOut();
  circuit.answered();
  circuit.timedOut();
  circuit.timedOut();
  expect(circuit.state).toBe('closed');
});

it('lets a few try after a sign of life, and all once one is answered', () => {
  const circuit = suspectCircuit();
  circuit.signOfLife();
  expect([circuit.admit(), circuit.admit(), circuit.admit(), circuit.admit()]).toEqual([true, true, true, false]);
  circuit.answered();
  expect(circuit.state).toBe('closed');
  expect(circuit.admit()).toBe(true);
});

it('turns suspect again when the whole trial times out', () => {
  const circuit = suspectCircuit();
  circuit.signOfLife();
  expect([circuit.timedOut(), circuit.timedOut(), circuit.timedOut()]).toEqual([false, false, true]);
});

it('gives back the places of a trial that got no answer either way', () => {
  const circuit = suspectCircuit();
  circuit.signOfLife();
  for (let i = 0; i < 3; i += 1) circuit.admit();
  circuit.signOfLife();
  expect(circuit.admit()).toBe(true);
});

it('is not troubled by a sign of life while all is well', () => {
  const circuit = aCircuit();
  circuit.signOfLife();
  expect(circuit.state).toBe('closed');
});
