// A channel's histogram as the outline of an SVG path in a box of 1 x 1, y down.

/** Room beyond the automatic window, in windows. */
const ROOM = 0.6;
/** The share of the bins that may be cut off at the top where heights are linear: one of background dwarfs all. */
const CUT = 0.02;

/** From which value to which is shown: all of `values`, and around the automatic window, since data may reach far. */
export function rangeOf(statistics, values) {
  let [from, to] = [Math.min(...values), Math.max(...values)];
  if (statistics) {
    const { minimum, maximum, window } = statistics;
    const room = (window[1] - window[0]) * ROOM;
    from = Math.min(from, Math.max(minimum, window[0] - room));
    to = Math.max(to, Math.min(maximum, window[1] + room));
  }
  const margin = (to - from) * 0.03;
  return [from - margin, to + margin];
}

export function outline({ minimum, maximum, counts }, [from, to], logarithmic) {
  const bin = (maximum - minimum) / counts.length;
  const xOf = (index) => ((minimum + index * bin - from) / (to - from)).toFixed(4);
  const seen = counts.filter((_, i) => minimum + (i + 1) * bin > from && minimum + i * bin < to);
  const tallest = Math.max(1, logarithmic ? Math.max(...seen) : seen.sort((a, b) => b - a)[Math.floor(seen.length * CUT)]);
  const heightOf = (count) => (logarithmic ? Math.log1p(count) / Math.log1p(tallest) : Math.min(1, count / tallest));
  const steps = counts.map((count, i) => `V${(1 - heightOf(count)).toFixed(3)}H${xOf(i + 1)}`);
  return `M${xOf(0)} 1${steps.join("")}V1Z`;
}
