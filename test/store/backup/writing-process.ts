// A process that writes into a database all the time, as a service does, and never lets two numbers that belong together differ outside of
// a commit. Says one line for each commit: its number.

import { openStore } from '../../../src/store/database/database.ts'

const [path = ''] = process.argv.slice(2)
const store = openStore(path)
let count = 0

function write(): void {
  store.transaction(() => {
    count++
    store.run('INSERT OR REPLACE INTO told VALUES (?, ?)', `one ${count % 50}`, count)
    store.run('INSERT OR REPLACE INTO told VALUES (?, ?)', `other ${count % 50}`, count)
  })
  process.stdout.write(`${count}\n`)
  setTimeout(write, 2)
}

write()
