/** Reads a page of Prometheus' text format. */

/** A figure over all its labels, or over those lines that have all of `labels` in them. */
export const figureIn = (page: string, name: string, ...labels: readonly string[]): number =>
  page
    .split('\n')
    .filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
