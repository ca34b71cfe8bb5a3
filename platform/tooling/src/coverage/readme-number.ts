const marker = /<!-- coverage -->(\d+) %<!-- \/coverage -->/;

/** The number a README shows; undefined when it has no marker. */
export function shownCoverage(readme: string): number | undefined {
  const number = marker.exec(readme)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** The README with another number at its marker, rounded down. */
export const withCoverage = (readme: string, percent: number): string =>
  readme.replace(marker, `<!-- coverage -->${Math.floor(percent)} %<!-- /coverage -->`);
