// The loop over time, the part without a screen: unpack the series, and say what they are at a moment.

// Bands of series with one value per part of the round, in the units that are shown; stacked ones know where they begin.
function unpackBands(data) {
  return data.bands.map((band) => {
    const lines = band.lines.map(([name, colour, packed]) => ({
      name,
      colour,
      values: unpackNumbers(packed).map((value) => value / band.scale),
    }));
    const below = new Array(data.parts).fill(0);
    for (const line of lines) {
      line.base = [...below];
      if (band.stacked) line.values.forEach((value, part) => (below[part] += value));
    }
    return { ...band, lines };
  });
}

function partFacts(data, bands, part) {
  const length = data.length_us / data.parts;
  const said = bands.map((band) => {
    const figures = band.lines
      .filter((line) => line.values[part] > 0)
      .map((line) => ({ name: line.name, value: line.values[part] }))
      .sort((a, b) => (band.shares ? b.value - a.value : 0))
      .map(({ name, value }) => (band.shares ? `${name} ${(100 * value).toFixed(1)} %` : `${name} ${countOf(value)}`));
    return `${band.title}: ${figures.join(", ") || "none"}`;
  });
  return `From ${inMilliseconds(part * length)} to ${inMilliseconds((part + 1) * length)}. ${said.join("; ")}.`;
}

const countOf = (value) => value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });
