/**
 * Minimum-cost assignment of rows to columns, exact: successive shortest augmenting paths with potentials (Jonker and
 * Volgenant 1987; rectangular form after Crouse 2016). Rows that cannot all be served are served first by number, then
 * by cost, by way of one private "nobody" column each.
 *
 * Time O(rows² · columns) at worst, near rows · columns in practice; memory one row of doubles per row of the matrix.
 */
export interface CostMatrix {
  rows: number;
  columns: number;
  /** Row by row; finite, or `Infinity` where the pair is impossible. NaN and -Infinity are refused. */
  cost: Float64Array;
}

export interface Assignment {
  /** Column of each row; -1: nobody. */
  columnOf: Int32Array;
  /** Sum over the assigned pairs. */
  cost: number;
}

/** @throws RangeError when the matrix has not rows × columns entries, or an entry is NaN or -Infinity. */
export function minCostAssignment({ rows, columns, cost }: CostMatrix): Assignment {
  if (cost.length !== rows * columns)
    throw new RangeError(`cost has ${cost.length} entries, not ${rows} × ${columns}`);
  let least = 0;
  let most = 0;
  for (const value of cost) {
    if (Number.isNaN(value) || value === -Infinity) throw new RangeError('a cost is NaN or -Infinity');
    if (value === Infinity) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  // Serving nobody costs more than any two ways of serving differ by, so that as many rows as possible are served.
  const nobody = (most - least) * (Math.min(rows, columns) + 1) + most + 1;

  const rowPotential = new Float64Array(rows);
  // Columns beyond `columns` are the rows' private "nobody" columns: row r may only take column columns + r.
  const width = columns + rows;
  const columnPotential = new Float64Array(width);
  const columnOf = new Int32Array(rows).fill(-1);
  const rowOf = new Int32Array(width).fill(-1);
  const distance = new Float64Array(width);
  const cameFrom = new Int32Array(width);
  const doneRow = new Uint8Array(rows);
  const doneColumn = new Uint8Array(width);
  const open = new Int32Array(columns);
  const touched = new Int32Array(width);

  for (let start = 0; start < rows; start++) {
    distance.fill(Infinity);
    doneRow.fill(0);
    doneColumn.fill(0);
    let openCount = columns;
    for (let c = 0; c < columns; c++) open[c] = columns - 1 - c;
    let touchedCount = 0;
    let row = start;
    let shortest = 0;
    let sink = -1;
    while (sink < 0) {
      doneRow[row] = 1;
      const offset = row * columns;
      const base = shortest - (rowPotential[row] ?? 0);
      // The private column is considered with its row, and stays reachable afterwards.
      const own = columns + row;
      const ownLength = base + nobody - (columnPotential[own] ?? 0);
      if (doneColumn[own] === 0 && ownLength < (distance[own] ?? Infinity)) {
        distance[own] = ownLength;
        cameFrom[own] = row;
        touched[touchedCount++] = own;
      }
      let best = Infinity;
      let bestAt = -1;
      for (let i = 0; i < openCount; i++) {
        const c = open[i] as number;
        const length = base + (cost[offset + c] as number) - (columnPotential[c] as number);
        if (length < (distance[c] as number)) {
          distance[c] = length;
          cameFrom[c] = row;
        }
        const d = distance[c] as number;
        // Among equals a free column ends the search at once.
        if (d < best || (d === best && bestAt >= 0 && rowOf[c] === -1)) {
          best = d;
          bestAt = i;
        }
      }
      let column = bestAt < 0 ? -1 : (open[bestAt] as number);
      for (let i = 0; i < touchedCount; i++) {
        const c = touched[i] as number;
        if (doneColumn[c] === 0 && (distance[c] as number) < best) {
          best = distance[c] as number;
          column = c;
        }
      }
      // A private column is always reachable, so there is one.
      shortest = best;
      doneColumn[column] = 1;
      if (column < columns) open[bestAt] = open[--openCount] as number;
      if (rowOf[column] === -1) sink = column;
      else row = rowOf[column] as number;
    }
    // Potentials of what the search has settled.
    rowPotential[start] = (rowPotential[start] ?? 0) + shortest;
    for (let r = 0; r < rows; r++) {
      if (doneRow[r] === 0 || r === start) continue;
      rowPotential[r] = (rowPotential[r] ?? 0) + shortest - (distance[columnOf[r] as number] as number);
    }
    for (let c = 0; c < width; c++)
      if (doneColumn[c] === 1)
        columnPotential[c] = (columnPotential[c] ?? 0) - shortest + (distance[c] as number);
    // Turn the path around.
    for (let column = sink; ;) {
      const r = cameFrom[column] as number;
      rowOf[column] = r;
      const before = columnOf[r] as number;
      columnOf[r] = column;
      if (r === start) break;
      column = before;
    }
  }

  let total = 0;
  for (let r = 0; r < rows; r++) {
    const c = columnOf[r] as number;
    if (c >= columns) columnOf[r] = -1;
    else total += cost[r * columns + c] as number;
  }
  return { columnOf, cost: total };
}
