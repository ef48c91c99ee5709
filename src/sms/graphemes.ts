// Grapheme clusters (Unicode UAX 29): what people see as one character, and what is not to be torn.
// Intl.Segmenter of Node 20 needs time that grows with the square of the text (1 s for 40 000 characters), so the text goes to
// it in windows. Invariant: the clusters are those of the whole text, and joined they are the text.

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

const windowUnits = 256

/** The clusters of a text in their order. */
export function* graphemesOf(text: string): Generator<string> {
  let position = 0
  let size = windowUnits
  while (position < text.length) {
    const end = wholePair(text, position + size)
    const clusters = Array.from(segmenter.segment(text.slice(position, end)), (cluster) => cluster.segment)
    // The last cluster may go on behind the window; the next window begins with it.
    if (end < text.length) clusters.pop()
    size = clusters.length === 0 ? size * 2 : windowUnits
    for (const cluster of clusters) {
      position += cluster.length
      yield cluster
    }
  }
}

/** A window that ended inside a surrogate pair would take its first half for a cluster. */
function wholePair(text: string, end: number): number {
  return end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end
}
