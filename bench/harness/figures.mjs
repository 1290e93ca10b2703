const sorted = (values) => [...values].sort((a, b) => a - b);

export function median(values) {
  const list = sorted(values);
  const middle = list.length >> 1;
  return list.length % 2 ? list[middle] : (list[middle - 1] + list[middle]) / 2;
}

/** Median with the range around it: what several rounds of the same thing came to. */
export const summarise = (values) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
  values,
});

/** Latencies in ms, from a sorted or unsorted list. Null when there are none. */
export function latencySummary(values) {
  if (values.length === 0) return null;
  const list = Float64Array.from(values).sort();
  const at = (share) => list[Math.min(list.length - 1, Math.ceil(list.length * share) - 1)];
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: list[list.length - 1] };
}

/** Product over floor, pair by pair: both halves of a pair ran next to each other, so a slow minute of the machine hits both. */
export const summariseRatios = (products, floors) => summarise(products.map((value, index) => value / floors[index]));
