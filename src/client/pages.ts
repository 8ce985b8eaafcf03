/** Lists come in pages; whoever needs all of them asks here. */

const pageSize = 100;
/** Far more than any organisation has; a server that never ends is not followed. */
const mostPages = 1000;

/** Every row, page after page. `ask` gets the page's place and gives its rows with the number of all. */
export const allPages = async <Row>(
  ask: (page: { max: number; offset: number }) => Promise<{ rows: readonly Row[]; totalSize: number }>,
): Promise<Row[]> => {
  const all: Row[] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const { rows, totalSize } = await ask({ max: pageSize, offset: all.length });
    all.push(...rows);
    if (rows.length === 0 || all.length >= totalSize) break;
  }
  return all;
};
