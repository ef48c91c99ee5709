// Grapheme clusters (Unicode UAX 29): what people see as one character, and what is not to be torn.
// Intl.Segmenter of Node 20 needs time that grows with the square of the text (1 s for 40 000 characters), so the text goes to
// it in windows, and what is always a cluster of its own does not go there at all. Invariant: the clusters are those of the whole text, and joined they are the text.

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

const windowUnits = 256

/**
 * Characters between which there is always a boundary: line feed, ASCII, Latin, Greek, Cyrillic, kana and Han, without any that joins
 * another. All have one UTF-16 unit.
 */
const alone =
  /[\n\u0020-\u007e\u00a1-\u00a8\u00aa-\u00ac\u00af-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u3001-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]+/y

/** How many clusters of one unit begin at `position`; a mark may follow the last one of a run, so that it does not count. */
function aloneAt(text: string, position: number): number {
  alone.lastIndex = position
  const length = alone.exec(text)?.[0].length ?? 0
  return position + length === text.length ? length : Math.max(0, length - 1)
}

/** The clusters of a text in their order. */
export function* graphemesOf(text: string): Generator<string> {
  let position = 0
  let size = windowUnits
  while (position < text.length) {
    const run = aloneAt(text, position)
    if (run > 0) {
      yield* text.slice(position, position + run)
      position += run
      continue
    }
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
